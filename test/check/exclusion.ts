import { failed, passed, type Verdict } from './verdict.ts';

/** A stretch of true time in which somebody took itself for the holder. */
export interface HeldInterval {
  readonly holder: string;
  readonly token: number;
  /** From when the holder's own code was told that it holds. */
  readonly fromMs: number;
  /** Until when it would have gone on: its own deadline, or its release if that came first. */
  readonly safeUntilMs: number;
}

/**
 * Whether no two holders ever took themselves for the holder at once, in true time. That is
 * *conditional*: it rests on bounded clock drift, and on holders that stop at their deadline. The
 * simulator, which knows the true time, uses it where it keeps those bounds; where it breaks them
 * this must fail, and only fencing helps. Facts judged: intervals. O(n log n).
 */
export function checkExclusion(intervals: readonly HeldInterval[]): Verdict<'two-holders'> {
  const byStart = intervals.toSorted(
    (a, b) => a.fromMs - b.fromMs || a.safeUntilMs - b.safeUntilMs,
  );
  // Of the intervals so far, the one that lasts longest; a neighbour alone would hide it.
  let longest: HeldInterval | undefined;
  for (const next of byStart) {
    if (longest !== undefined && next.fromMs < longest.safeUntilMs) {
      const together = Math.min(longest.safeUntilMs, next.safeUntilMs) - next.fromMs;
      return failed(
        'two-holders',
        `${say(longest)}, and ${say(next)}: ${together} ms at the same time`,
      );
    }
    if (longest === undefined || next.safeUntilMs > longest.safeUntilMs) longest = next;
  }
  return passed(intervals.length);
}

function say({ holder, token, fromMs, safeUntilMs }: HeldInterval): string {
  const times = `from ${fromMs} to ${safeUntilMs} ms`;
  return `${holder} (token ${token}) took itself for the holder ${times}`;
}
