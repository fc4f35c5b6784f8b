import type { TableTime } from '../core/table-clock.ts';
import { absent, and, compare, equals, exists, or } from '../store/condition.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { append, copy, remove, set, setOrRemove, type UpdateAction } from '../store/update.ts';
import type { Key, Path } from '../store/value.ts';
import type { Owner, OwnershipRow, QueueEntry } from './row.ts';
import { ended, grant, type Holding, ownedBy } from './writes.ts';

/**
 * The writes of the waiting line: a list in the row itself, in order of arrival. A row without an
 * owner has nobody waiting (rule 12): every write here keeps that true by its condition.
 */

/**
 * Beyond this many a waiter polls instead, to bound what each write of the row costs (rule 13):
 * with labels of 20 characters one unit up to 12 waiters, two up to 27, three when the line is
 * full.
 */
export const QUEUE_LENGTH_MAX = 32;

const { queue: QUEUE } = ATTRIBUTE;

/** Joins the line behind the owner that the writer has seen, while that owner has it (rule 12). */
export function enqueue(
  key: Key,
  entry: QueueEntry,
  seen: OwnershipRow,
  owner: Owner,
): UpdateRequest {
  const { id, label, until, session } = entry;
  const timed = until === undefined ? { id, label } : { id, label, until };
  return {
    kind: 'update',
    passesLocks: true,
    key,
    actions: [
      append(QUEUE, session === undefined ? timed : { ...timed, session }),
      remove(ATTRIBUTE.event),
    ],
    condition: and(
      equals(ATTRIBUTE.owner, owner.id),
      equals(ATTRIBUTE.token, seen.token),
      absent([QUEUE, QUEUE_LENGTH_MAX - 1]),
    ),
  };
}

/** Leaves the line. By position *and* id: the line may have moved since the position was read. */
export function dequeue(key: Key, position: number, id: string): UpdateRequest {
  return {
    kind: 'update',
    passesLocks: true,
    key,
    actions: [remove([QUEUE, position]), remove(ATTRIBUTE.event)],
    condition: equals([QUEUE, position, 'id'], id),
  };
}

/** Keeps a place in the line beyond its time. */
export function keepPlace(
  key: Key,
  position: number,
  id: string,
  until: number | undefined,
): UpdateRequest {
  return {
    kind: 'update',
    passesLocks: true,
    key,
    actions: [setOrRemove([QUEUE, position, 'until'], until), remove(ATTRIBUTE.event)],
    condition: equals([QUEUE, position, 'id'], id),
  };
}

export interface HandOver {
  readonly claimMs: number;
  readonly token: number;
  readonly time: TableTime | undefined;
}

/** Gives the row to the first waiter in the very write that gives it up (rule 14). */
export function handOver(holding: Holding, terms: HandOver): UpdateRequest {
  return {
    kind: 'update',
    key: holding.key,
    actions: [...granted(0, terms), ended(holding, 'handed-over')],
    condition: and(ownedBy(holding), exists([QUEUE, 0])),
  };
}

/** Gives the row to one waiter out of turn. */
export function transfer(
  holding: Holding,
  terms: HandOver,
  position: number,
  id: string,
): UpdateRequest {
  return {
    kind: 'update',
    key: holding.key,
    actions: [...granted(position, terms), ended(holding, 'handed-over')],
    condition: and(ownedBy(holding), equals([QUEUE, position, 'id'], id)),
  };
}

export interface Help {
  readonly row: OwnershipRow;
  readonly dead: Owner;
  /** Place of the first waiter whose time is not over; those before it are dropped. */
  readonly position: number;
  readonly entry: QueueEntry;
  /** Whether the helper has itself seen the owner silent for its whole lease. */
  readonly silent: boolean;
}

/** Hands a dead owner's row to the first living waiter, on his behalf and by anybody (rule 15). */
export function help(key: Key, help: Help, terms: HandOver): UpdateRequest {
  const { row, dead, position, entry } = help;
  const lapsed = terms.time && compare(ATTRIBUTE.expiresAt, '<', terms.time.earliest);
  const silent = help.silent ? equals(ATTRIBUTE.renewals, dead.renewals) : undefined;
  const skipped = Array.from({ length: position }, (_, index) => remove([QUEUE, index]));
  return {
    kind: 'update',
    key,
    actions: [
      ...granted(position, terms),
      ...skipped,
      ended({ id: dead.id, token: row.token }, 'taken'),
    ],
    condition: and(
      equals(ATTRIBUTE.owner, dead.id),
      equals(ATTRIBUTE.token, row.token),
      equals([QUEUE, position, 'id'], entry.id),
      or(lapsed, silent),
    ),
  };
}

/** A short claim for the waiter at `position`: he owns nothing until he has renewed it. */
function granted(position: number, terms: HandOver): UpdateAction[] {
  const from = (name: string): Path => [QUEUE, position, name];
  return [
    copy(ATTRIBUTE.owner, from('id')),
    copy(ATTRIBUTE.ownerLabel, from('label')),
    ...grant({ token: terms.token, leaseMs: terms.claimMs, time: terms.time }, 0),
    remove([QUEUE, position]),
    remove(ATTRIBUTE.ownedSince),
    remove(ATTRIBUTE.takenFrom),
    remove(ATTRIBUTE.value),
    remove(ATTRIBUTE.valueVersion),
    set(ATTRIBUTE.event, `granted#${terms.token}`),
  ];
}
