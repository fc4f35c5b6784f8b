/**
 * How long a waiter waits before it looks at a row again, as a pure function: a fixed part of the
 * time that it has waited so far, so that a look too late costs a few per cent of the wait and
 * the number of looks grows with its logarithm only.
 */
export interface PoolWait {
  /** 0 is the head; `undefined`: outside of the line. */
  readonly place: number | undefined;
  readonly stillMs: number;
  /** Random, in [0, 1). */
  readonly fraction: number;
}

const SHORTEST_MS = 20;
const PART_OF_THE_WAIT = 1 / 16;
/** A head that could take must do so within three seconds; this leaves room for a slow look. */
const LONGEST_MS = 750;

export function msUntilLook({ place = 0, stillMs, fraction }: PoolWait): number {
  const wishMs = SHORTEST_MS * (1 + place) + PART_OF_THE_WAIT * stillMs;
  return Math.min(wishMs, LONGEST_MS) * (0.75 + fraction / 4);
}
