import { absent, and, compare, equals } from '../store/condition.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import { SHARED_ATTRIBUTE } from '../store/shared-schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { append, remove } from '../store/update.ts';
import type { Key } from '../store/value.ts';
import type { PoolRow, PoolWaiter } from './pool-row.ts';

/**
 * The writes of a pool's waiting line. Nobody is granted anything by others: whoever sees that
 * enough is free for itself and for all before it takes it. So a waiter needs no sign of life; only
 * one who could take and does not is in others' way, and is dropped.
 */

/** Beyond this many a waiter polls instead. */
export const POOL_QUEUE_MAX = 32;
const { queue: QUEUE, event: EVENT, token: TOKEN } = ATTRIBUTE;
const { free: FREE, seats: SEATS } = SHARED_ATTRIBUTE;

/** Joins the line. Conditional on the last grant, so that it cannot arrive again after its own. */
export function joinPool(key: Key, waiter: PoolWaiter, seen: PoolRow): UpdateRequest {
  const { id, label, permits } = waiter;
  return {
    kind: 'update',
    passesLocks: true,
    key,
    actions: [append(QUEUE, { id, label, permits }), remove(EVENT)],
    condition: and(equals(TOKEN, seen.token), absent([QUEUE, POOL_QUEUE_MAX - 1])),
  };
}

/** Leaves the line. By position *and* id: the line may have moved since the position was read. */
export function leavePool(key: Key, position: number, id: string): UpdateRequest {
  return {
    kind: 'update',
    passesLocks: true,
    key,
    actions: [remove([QUEUE, position]), remove(EVENT)],
    condition: equals([QUEUE, position, 'id'], id),
  };
}

/** Drops a head who could have taken for long enough to be called dead. */
export function dropHead(key: Key, head: PoolWaiter): UpdateRequest {
  return {
    kind: 'update',
    passesLocks: true,
    key,
    actions: [remove([QUEUE, 0]), remove(EVENT)],
    condition: and(
      equals([QUEUE, 0, 'id'], head.id),
      compare(FREE, '>=', head.permits),
      compare(SEATS, '>=', 1),
    ),
  };
}
