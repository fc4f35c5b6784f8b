/**
 * How long a waiter waits before it looks at the row again, as a pure function. Nobody tells it
 * when its turn comes, and every look costs half a read unit.
 *
 * - In a line that moves, it predicts its turn from the line's rhythm and looks when the turn is
 *   near; far from the head it sleeps through most of the way.
 * - In a line that stands still, it looks again after a fixed part of the time it has
 *   waited, so that the delay it adds is a few per cent of the wait, for a number of looks that
 *   grows with the logarithm of the wait.
 */
export interface WaitingSight {
  /** 0 is the head; `undefined`: the line is full and this waiter stands outside it. */
  readonly place: number | undefined;
  /** Since the line last moved, or since the waiter came when it has not. */
  readonly stillMs: number;
  /** Milliseconds from one grant to the next, if the line has been seen moving. */
  readonly msPerGrant: number | undefined;
  /** A head must notice its grant well within this. */
  readonly claimMs: number;
  /** Random, in [0, 1). */
  readonly fraction: number;
}

const SHORTEST_MS = 4;
const LOOKS_PER_WAIT = 16;
const LONGEST_MS = 1_000;
/** A prediction from afar is rough: look again before it comes true. */
const PART_OF_THE_WAY = 0.6;

export function msUntilNextLook(sight: WaitingSight): number {
  const placesBehind = 1 + (sight.place ?? 32);
  // Well within the claim: a head that sleeps through its own grant loses its place.
  const longestMs = Math.min(LONGEST_MS, sight.claimMs / 4) * Math.sqrt(placesBehind);
  const jitter = 0.85 + 0.3 * sight.fraction;
  return Math.min(longestMs, Math.max(SHORTEST_MS, wishMs(sight))) * jitter;
}

function wishMs({ place, msPerGrant, stillMs }: WaitingSight): number {
  if (place !== undefined && msPerGrant !== undefined) {
    const untilTurnMs = (place + 1) * msPerGrant - stillMs;
    if (untilTurnMs > 0) return place === 0 ? untilTurnMs : untilTurnMs * PART_OF_THE_WAY;
  }
  return stillMs / LOOKS_PER_WAIT;
}
