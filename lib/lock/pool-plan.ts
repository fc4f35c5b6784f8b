import type { TableTime } from '../core/table-clock.ts';
import { POOL_QUEUE_MAX } from './pool-queue.ts';
import {
  type PoolHolder,
  type PoolRow,
  type PoolWaiter,
  permitsBefore,
  poolPlaceOf,
} from './pool-row.ts';
import type { DeadHolder } from './pool-writes.ts';

/** The next step of somebody who wants permits, decided from what he last saw of the pool. */
export type PoolStep =
  | { readonly kind: 'create' }
  /** Enough is free for us and all before us, with what the dead leave. */
  | {
      readonly kind: 'take';
      readonly place: number | undefined;
      readonly dead: readonly DeadHolder[];
    }
  /** The row shows our id: a take of ours whose answer was lost. */
  | { readonly kind: 'confirm'; readonly holder: PoolHolder }
  /** The head could have taken for long and has not. */
  | { readonly kind: 'drop'; readonly head: PoolWaiter }
  /** The head is not us, and would be served if the dead were gone. */
  | { readonly kind: 'reap'; readonly dead: DeadHolder }
  | { readonly kind: 'join' }
  /** In line, or, with `place` undefined, before a full one. */
  | { readonly kind: 'wait'; readonly place: number | undefined }
  | { readonly kind: 'refuse'; readonly why: PoolRefusal };

/** Why no wait would help. */
export type PoolRefusal = 'count-mismatch' | 'over-limit' | 'holders-full';

export interface PoolSight {
  readonly row: PoolRow;
  readonly time: TableTime | undefined;
  /** Whether the observer has seen the holder silent for its whole lease. */
  readonly isSilent: (holder: PoolHolder) => boolean;
  /** Whether the head has been seen ready, and idle, for longer than a living one would be. */
  readonly isHeadIdle: boolean;
}

export interface PoolWish {
  readonly id: string;
  readonly permits: number;
  readonly declared: number;
}

/** More in one write would make its condition long. */
const REAPED_MAX = 8;

export function planPoolStep(wish: PoolWish, sight: PoolSight): PoolStep {
  const { row } = sight;
  const { id, permits } = wish;
  if (!row.exists) return { kind: 'create' };
  const own = row.holders.get(id);
  if (own !== undefined) return { kind: 'confirm', holder: own };
  if (row.declared !== wish.declared) return { kind: 'refuse', why: 'count-mismatch' };
  if (permits > row.limit) return { kind: 'refuse', why: 'over-limit' };
  const index = poolPlaceOf(row, id);
  const place = index < 0 ? undefined : index;
  const before = permitsBefore(row, place ?? row.queue.length);
  const dead = deadHolders(sight);
  const enough = deadFor(permits + before - row.free, row.seats, dead);
  if (enough !== undefined) return { kind: 'take', place, dead: enough };
  if (row.free >= permits + before && row.seats === 0) {
    return { kind: 'refuse', why: 'holders-full' };
  }
  const [head] = row.queue;
  if (head !== undefined && head.id !== id && sight.isHeadIdle) return { kind: 'drop', head };
  const [first] = dead;
  if (first !== undefined) return { kind: 'reap', dead: first };
  if (place !== undefined) return { kind: 'wait', place };
  return row.queue.length < POOL_QUEUE_MAX ? { kind: 'join' } : { kind: 'wait', place };
}

/** Holders whose lease is surely over, or who were seen silent for all of it. */
export function deadHolders({ row, time, isSilent }: PoolSight): readonly DeadHolder[] {
  return [...row.holders.values()]
    .map((holder) => ({ holder, silent: isSilent(holder) }))
    .filter(({ holder, silent }) => silent || isOver(holder, time));
}

function isOver({ expiresAt }: PoolHolder, time: TableTime | undefined): boolean {
  return expiresAt !== undefined && time !== undefined && time.earliest > expiresAt;
}

/** Those of the dead whose permits are enough; none when none are needed. */
function deadFor(
  missing: number,
  seats: number,
  dead: readonly DeadHolder[],
): readonly DeadHolder[] | undefined {
  let [permits, room] = [missing, seats];
  const taken: DeadHolder[] = [];
  for (const each of dead.slice(0, REAPED_MAX)) {
    if (permits <= 0 && room > 0) break;
    taken.push(each);
    permits -= each.holder.permits;
    room += 1;
  }
  return permits <= 0 && room > 0 ? taken : undefined;
}
