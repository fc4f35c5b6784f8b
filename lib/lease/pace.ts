/**
 * How long a waiter waits before it looks at the row again, as a pure function. Nobody tells it
 * when its turn comes, and every look costs half a read unit.
 *
 * It adds up two waits. *Until the line moves*: if it moves at a known pace, most of a grant; if it
 * should have moved by now, a fixed part of the time that it has stood still, so that a look too
 * late costs about a per cent of the wait and the number of looks grows with its logarithm only.
 * *From there to our turn*: most of a grant for each waiter before us, for nobody can be served
 * before them, even when the line stirs at once.
 *
 * What else was tried, with its numbers, is in `docs/decisions/waiting-pace.md`.
 */
export interface WaitingSight {
  /** 0 is the head; `undefined`: the line is full and this waiter stands outside it. */
  readonly place: number | undefined;
  /** Since the line last moved, or since the waiter came when it has not. */
  readonly stillMs: number;
  /** Milliseconds from one grant to the next. */
  readonly msPerGrant: number;
  /** The way to the table and back. */
  readonly roundTripMs: number;
  /** A head must notice its grant well within this. */
  readonly claimMs: number;
  /** Random, in [0, 1). */
  readonly fraction: number;
}

/** Timers are no finer, and a nearby table would be read without a pause. */
const SHORTEST_MS = 2;
/** Looks while the time that the line has stood still grows by a factor of e. */
const LOOKS_PER_STAND = 64;
/** Early, because a look too early costs one waiter half a unit, one too late all of them time. */
const PART_OF_A_GRANT = 0.9;
const PART_OF_THE_WAY = 0.85;
/** Where somebody outside a full line stands, as far as his patience goes. */
const PLACE_OUTSIDE = 32;

export function msUntilNextLook(sight: WaitingSight): number {
  const wishMs = Math.max(SHORTEST_MS, msUntilItMoves(sight) + msFromThereToOurTurn(sight));
  // Spread downwards only: the bound is a promise.
  return Math.min(wishMs, longestMs(sight)) * (0.9 + 0.1 * sight.fraction);
}

function msUntilItMoves({ msPerGrant, stillMs, roundTripMs }: WaitingSight): number {
  const dueMs = PART_OF_A_GRANT * msPerGrant - stillMs - roundTripMs / 2;
  return dueMs > 0 ? dueMs : Math.max(roundTripMs / 2, stillMs / LOOKS_PER_STAND);
}

function msFromThereToOurTurn({ place = PLACE_OUTSIDE, msPerGrant }: WaitingSight): number {
  return PART_OF_THE_WAY * place * msPerGrant;
}

/**
 * Whoever sleeps through his own grant loses his place, and everybody behind him the claim's time.
 * A third of it leaves room for a read that times out; the head, who is next, looks more often.
 * Nobody is so far back that he may sleep longer: those before him can all leave at once. Outside
 * the line there is no grant to miss.
 */
function longestMs({ place, claimMs }: WaitingSight): number {
  if (place === undefined) return claimMs;
  return place === 0 ? claimMs / 4 : claimMs / 3;
}
