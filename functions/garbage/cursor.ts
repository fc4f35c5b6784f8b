import { absent, compare, equals, or } from '../../lib/store/condition.ts';
import { GARBAGE_KEY } from '../../lib/store/schema.ts';
import type { UpdateRequest } from '../../lib/store/store.ts';
import { copy, increment, remove, set, setOrRemove } from '../../lib/store/update.ts';
import type { Item, Key } from '../../lib/store/value.ts';

/**
 * The row in which one invocation tells the next where to go on. A *pass* looks at the whole table
 * once, a *run* is one invocation's part of it.
 */
const CURSOR = {
  /** Number of the last run: whoever has another one has been given up for dead. */
  run: 'run',
  /** Until when the run under way can last, epoch milliseconds; absent when there is none. */
  busyUntil: 'busyUntil',
  /** Key of the last row that the pass has seen; absent at its beginning. */
  position: 'position',
  /** Epoch milliseconds; absent between two passes. */
  passBegan: 'passBegan',
} as const;

/** A run, as its claim found it. */
export interface Run {
  readonly number: number;
  readonly position: Key | undefined;
  readonly passBeganMs: number;
}

/**
 * Claims the next run. Refused while another one may be under way: two would do no harm, since
 * each deletion has its condition, but would pay for everything twice.
 */
export function claimRun(nowMs: number, budgetMs: number): UpdateRequest {
  return {
    kind: 'update',
    key: GARBAGE_KEY,
    actions: [
      increment(CURSOR.run, 1),
      set(CURSOR.busyUntil, nowMs + budgetMs),
      copy(CURSOR.passBegan, [CURSOR.passBegan], nowMs),
    ],
    condition: or(absent(CURSOR.busyUntil), compare(CURSOR.busyUntil, '<', nowMs)),
  };
}

/** @throws Error when the row is not as a claim leaves it: somebody has written it by hand */
export function runOf(item: Item | undefined): Run {
  const { run, passBegan, position } = item ?? {};
  if (typeof run !== 'number' || typeof passBegan !== 'number') {
    throw new Error(`the row ${GARBAGE_KEY.pk}/${GARBAGE_KEY.sk} is spoilt: delete it`);
  }
  const { pk, sk } = (position ?? {}) as { readonly pk?: unknown; readonly sk?: unknown };
  const isKey = typeof pk === 'string' && typeof sk === 'string';
  return { number: run, passBeganMs: passBegan, position: isKey ? { pk, sk } : undefined };
}

/** Where a run has come to. */
export interface Progress {
  /** The last row that is done with; absent at the beginning of a pass, and at its end. */
  readonly position: Key | undefined;
  /** Whether the end of the table was reached. */
  readonly isPassed: boolean;
  /** Whether the run ends here. */
  readonly isOver: boolean;
}

/** Notes what a run has done, so that the next goes on from there even if this one dies. */
export function noteProgress({ number }: Run, progress: Progress): UpdateRequest {
  const { position, isPassed, isOver } = progress;
  return {
    kind: 'update',
    key: GARBAGE_KEY,
    actions: [
      setOrRemove(CURSOR.position, position && { ...position }),
      ...(isPassed ? [remove(CURSOR.passBegan)] : []),
      ...(isOver ? [remove(CURSOR.busyUntil)] : []),
    ],
    condition: equals(CURSOR.run, number),
  };
}
