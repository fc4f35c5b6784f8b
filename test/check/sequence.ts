import { groupBy } from './group-by.ts';
import type { Interval } from './history.ts';
import { largestBefore, RunningTotal } from './real-time.ts';
import { failed, passed, type Verdict } from './verdict.ts';

/** One number that was handed out. */
export interface Take extends Interval {
  readonly process: string;
  readonly number: number;
}

export interface SequenceRun {
  readonly takes: readonly Take[];
  /**
   * How far order goes: by `real-time` across processes; by `process` only, where processes draw
   * from blocks of their own; or `none`, where the threads of a process do too.
   */
  readonly order: 'real-time' | 'process' | 'none';
  /** Present where no number may be left out. */
  readonly gapless?: {
    readonly first: number;
    /** When takes were called whose answers were lost: they may have used a number each. */
    readonly unansweredCalls: readonly number[];
  };
}

export type SequenceAnomaly = 'number-twice' | 'number-not-larger' | 'number-out-of-bounds';

/**
 * Whether numbers were unique and grew as far as promised; without gaps, also whether each lies
 * between the takes surely and possibly done by then. Facts judged: takes. O(n log n).
 */
export function checkSequence(run: SequenceRun): Verdict<SequenceAnomaly> {
  for (const [first, second] of groupBy(run.takes, ({ number }) => number).values()) {
    if (first === undefined || second === undefined) continue;
    return failed('number-twice', `${say(first)}, and ${say(second)}`);
  }
  for (const group of orderedGroups(run)) {
    for (const [before, take] of largestBefore(group, group, ({ number }) => number)) {
      if (take.number > before.number) continue;
      return failed('number-not-larger', `${say(before)}, and only then ${say(take)}`);
    }
  }
  const excess = findOutOfBounds(run);
  return excess === undefined ? passed(run.takes.length) : failed('number-out-of-bounds', excess);
}

function orderedGroups({ takes, order }: SequenceRun): readonly (readonly Take[])[] {
  switch (order) {
    case 'real-time':
      return [takes];
    case 'process':
      return [...groupBy(takes, ({ process }) => process).values()];
    case 'none':
      return [];
  }
}

function findOutOfBounds({ takes, gapless }: SequenceRun): string | undefined {
  if (gapless === undefined) return undefined;
  const { first, unansweredCalls } = gapless;
  const calls = [...takes.map(({ calledAt }) => calledAt), ...unansweredCalls];
  const possible = new RunningTotal(calls.map((at) => ({ at, by: 1 })));
  const sure = new RunningTotal(takes.map(({ returnedAt }) => ({ at: returnedAt, by: 1 })));
  for (const take of takes) {
    const lowest = first + sure.before(take.calledAt);
    const highest = first + possible.upTo(take.returnedAt) - 1;
    if (take.number >= lowest && take.number <= highest) continue;
    return `${say(take)}, when only ${lowest} to ${highest} could be next`;
  }
  return undefined;
}

function say({ process, number, calledAt, returnedAt }: Take): string {
  return `${process} took ${number} (${calledAt}..${returnedAt})`;
}
