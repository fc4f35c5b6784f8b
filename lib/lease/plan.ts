import type { TableTime } from '../core/table-clock.ts';
import { firstLiving, isLapsed, placeOf } from './judge.ts';
import { QUEUE_LENGTH_MAX } from './queue-writes.ts';
import type { Owner, OwnershipRow, QueueEntry } from './row.ts';

/** The next step of somebody who wants the row, decided from what he last saw of it. */
export type Step =
  /** Nobody owns it, or a dead owner has nobody waiting. */
  | {
      readonly kind: 'acquire';
      readonly seenDead: OwnershipRow | undefined;
      readonly expiredQueue: readonly QueueEntry[];
    }
  /** It is ours: granted by a hand-over, or by an acquire whose answer was lost. */
  | { readonly kind: 'confirm'; readonly owner: Owner }
  /** A dead owner and somebody waiting: hand over on the dead owner's behalf. */
  | {
      readonly kind: 'help';
      readonly dead: Owner;
      readonly position: number;
      readonly entry: QueueEntry;
      readonly silent: boolean;
    }
  | { readonly kind: 'enqueue'; readonly owner: Owner }
  /** In line, or, with `place` undefined, before a full one. */
  | { readonly kind: 'wait'; readonly owner: Owner; readonly place: number | undefined };

export interface Sight {
  readonly row: OwnershipRow;
  readonly time: TableTime | undefined;
  /** Whether the observer has seen the owner silent for its whole lease. */
  readonly silent: boolean;
}

export function planStep(id: string, sight: Sight): Step {
  const { row, time, silent } = sight;
  const { owner, queue } = row;
  if (owner === undefined) return { kind: 'acquire', seenDead: undefined, expiredQueue: [] };
  if (owner.id === id) return { kind: 'confirm', owner };
  if (silent || isLapsed(row, time)) {
    const position = firstLiving(row, time);
    const entry = queue[position];
    if (entry !== undefined) return { kind: 'help', dead: owner, position, entry, silent };
    return { kind: 'acquire', seenDead: silent ? row : undefined, expiredQueue: queue };
  }
  const place = placeOf(row, id);
  if (place >= 0) return { kind: 'wait', owner, place };
  if (queue.length < QUEUE_LENGTH_MAX) return { kind: 'enqueue', owner };
  return { kind: 'wait', owner, place: undefined };
}

/** What a try does whatever it remembers: the table knows better. */
export const ACQUIRE_FREE: Step & { kind: 'acquire' } = {
  kind: 'acquire',
  seenDead: undefined,
  expiredQueue: [],
};

/** Whether the step is that of somebody who finds a living owner. */
export function isHeld(step: Step): boolean {
  return step.kind === 'enqueue' || step.kind === 'wait';
}
