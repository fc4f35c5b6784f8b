import { failed, passed, type Verdict } from './verdict.ts';

/** A stretch of true time in which somebody took itself for a holder of permits. */
export interface PermitInterval {
  readonly holder: string;
  readonly permits: number;
  readonly fromMs: number;
  readonly safeUntilMs: number;
}

/**
 * Whether no more permits than `limit` were ever believed in at once, in true time. Conditional on
 * bounded clock drift, as exclusion is. Facts judged: intervals. O(n log n).
 */
export function checkPermits(
  intervals: readonly PermitInterval[],
  limit: number,
): Verdict<'too-many-permits'> {
  const changes = intervals
    .filter(({ fromMs, safeUntilMs }) => safeUntilMs > fromMs)
    .flatMap((interval) => [
      { atMs: interval.fromMs, permits: interval.permits, interval },
      { atMs: interval.safeUntilMs, permits: -interval.permits, interval },
    ])
    // What ends at a moment has ended before what begins at it.
    .toSorted((a, b) => a.atMs - b.atMs || a.permits - b.permits);
  const held = new Set<PermitInterval>();
  let sum = 0;
  for (const { atMs, permits, interval } of changes) {
    sum += permits;
    if (permits > 0) held.add(interval);
    else held.delete(interval);
    if (sum <= limit) continue;
    const who = [...held].map(({ holder, permits: count }) => `${holder}: ${count}`).join(', ');
    return failed('too-many-permits', `${sum} of ${limit} at ${atMs} ms: ${who}`);
  }
  return passed(intervals.length);
}
