import type { TableTime } from '../core/table-clock.ts';
import { isLapsed } from '../lease/judge.ts';
import { type OwnershipRow, parseOwnershipRow } from '../lease/row.ts';
import { type Holding, ownedBy } from '../lease/writes.ts';
import { absent, and, compare, equals, or } from '../store/condition.ts';
import { BEAT_PREFIX } from '../store/group-schema.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import type { DeleteRequest } from '../store/store.ts';
import type { Item, Key } from '../store/value.ts';

/** A member's sign of life: an ownership row, whose owner is the member's incarnation. */
export interface BeatRow {
  readonly id: string;
  readonly row: OwnershipRow;
}

export function beatSortKey(id: string): string {
  return `${BEAT_PREFIX}${id}`;
}

export function parseBeat(item: Item): BeatRow {
  return { id: String(item.sk).slice(BEAT_PREFIX.length), row: parseOwnershipRow(item) };
}

/** How a beat looks to a sweep. */
export type BeatVerdict =
  | { readonly kind: 'alive' }
  /** `isSilent`: the sweeper has itself seen it unchanged for its whole lease. */
  | { readonly kind: 'dead'; readonly isSilent: boolean }
  /** Nobody's: what a release leaves, or a join that was given up. */
  | { readonly kind: 'void' };

export interface BeatSight {
  readonly row: OwnershipRow;
  readonly time: TableTime | undefined;
  readonly isSilent: boolean;
}

/** Judges a beat by the two ways in which a lease can end (rule 3). */
export function judgeBeat({ row, time, isSilent }: BeatSight): BeatVerdict {
  if (row.owner === undefined) return { kind: 'void' };
  if (isSilent || isLapsed(row, time)) return { kind: 'dead', isSilent };
  return { kind: 'alive' };
}

/**
 * The kill: removes a beat on condition that it is still as it was judged (rule 26). One renewal
 * since, and it is refused.
 */
export function killBeat(key: Key, { row, time, isSilent }: BeatSight): DeleteRequest {
  const { owner, token } = row;
  const id = owner?.id ?? '';
  const lapsed = time && compare(ATTRIBUTE.expiresAt, '<', time.earliest);
  const silent = isSilent ? equals(ATTRIBUTE.renewals, owner?.renewals ?? 0) : undefined;
  return { kind: 'delete', key, condition: and(ownedBy({ key, id, token }), or(lapsed, silent)) };
}

/** Gives a beat of one's own up; or takes it from a life that is not in the group. */
export function deleteBeat(holding: Holding): DeleteRequest {
  return { kind: 'delete', key: holding.key, condition: ownedBy(holding) };
}

/** Removes what is left of a beat that nobody owns. */
export function deleteVoidBeat(key: Key, token: number): DeleteRequest {
  const condition = and(absent(ATTRIBUTE.owner), equals(ATTRIBUTE.token, token));
  return { kind: 'delete', key, condition };
}
