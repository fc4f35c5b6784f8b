import type { Interval } from './history.ts';
import { RunningTotal } from './real-time.ts';
import { failed, passed, type Verdict } from './verdict.ts';

/** An addition to a counter; `returnedAt` is `Infinity` when its outcome is unknown. */
export interface Addition extends Interval {
  /** Not negative: bounds on what was applied exist only for a counter that grows. */
  readonly by: number;
}

export interface CounterRead extends Interval {
  readonly reader: string;
  readonly value: number;
}

export type CounterAnomaly = 'addition-lost' | 'addition-repeated';

/**
 * Whether every read lies between the additions surely applied when it began and those possibly
 * applied when it ended. Scales where a search for an order does not. Facts judged: reads.
 */
export function checkCounter(
  additions: readonly Addition[],
  reads: readonly CounterRead[],
): Verdict<CounterAnomaly> {
  if (additions.some(({ by }) => by < 0)) throw new RangeError('a counter can only grow');
  const sure = new RunningTotal(additions.map(({ returnedAt, by }) => ({ at: returnedAt, by })));
  const possible = new RunningTotal(additions.map(({ calledAt, by }) => ({ at: calledAt, by })));
  for (const { reader, value, calledAt, returnedAt } of reads) {
    const lowest = sure.before(calledAt);
    const highest = possible.upTo(returnedAt);
    const read = `${reader} read ${value} (${calledAt}..${returnedAt})`;
    if (value < lowest) return failed('addition-lost', `${read}, after ${lowest} was acknowledged`);
    if (value > highest)
      return failed('addition-repeated', `${read}; at most ${highest} was asked`);
  }
  return passed(reads.length);
}
