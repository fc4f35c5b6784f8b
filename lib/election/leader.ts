import type { TableTime } from '../core/table-clock.ts';
import { isLapsed } from '../lease/judge.ts';
import type { OwnershipRow } from '../lease/row.ts';
import type { Value } from '../store/value.ts';

/** A leader as others see him. */
export interface Leader {
  /** What he published when he campaigned, or proclaimed since. */
  readonly value: Value;
  /** The term: grows with every new leader, and is his fencing token. */
  readonly term: number;
  /** How often he has published within the term, from 1. */
  readonly version: number;
  /** The label of his process. */
  readonly label: string;
}

/** What one look at the row says about the leader. */
export interface LeaderSight {
  readonly leader: Leader | undefined;
  readonly term: number;
  readonly version: number;
  /** Whether the term is over for good, and not only its lease in doubt. */
  readonly isOver: boolean;
}

/** Reads the leader off the row. A hand-over that is not accepted yet has made nobody leader. */
export function sightOf(row: OwnershipRow, time: TableTime | undefined): LeaderSight {
  const { owner, token: term, value, valueVersion: version } = row;
  if (owner === undefined || owner.renewals === 0 || value === undefined) {
    return { leader: undefined, term, version, isOver: owner === undefined };
  }
  const leader = isLapsed(row, time) ? undefined : { value, term, version, label: owner.label };
  return { leader, term, version, isOver: false };
}

/**
 * Whether `next` is not older than `seen`. An eventually consistent read may show what was true
 * before: but terms never go back, nor versions within a term, and a term that is over stays over.
 */
export function isCurrent(seen: LeaderSight, next: LeaderSight): boolean {
  if (next.term !== seen.term) return next.term > seen.term;
  if (seen.isOver) return next.isOver;
  return next.isOver || next.version >= seen.version;
}

/** Whether two sights show the same leader saying the same thing. */
export function isSameLeader(one: LeaderSight, other: LeaderSight): boolean {
  return one.leader?.term === other.leader?.term && one.leader?.version === other.leader?.version;
}
