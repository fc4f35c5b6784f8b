import type { Rhythm } from './rhythm.ts';

/** A moment at which the place of the waiter, and so the number of grants since, was known. */
interface Anchor {
  readonly place: number;
  readonly atMs: number;
  /** Whether a grant was made at this very moment, or only some time around it. */
  readonly isExact: boolean;
}

/** Over fewer grants than this a rough anchor's error is as large as what it measures. */
const GRANTS_PER_ROUGH_SAMPLE = 4;
/** The place of somebody who has been granted the row. */
const GRANTED = -1;

/**
 * One waiter's way through the line, from the places at which it has seen itself. Times are those
 * at which the table was looked at, on the monotonic clock.
 */
export class Progress {
  readonly #rhythm: Rhythm;
  #place: number | undefined;
  #seenAtMs: number;
  #movedAtMs: number;
  #anchor: Anchor | undefined;

  constructor(rhythm: Rhythm, nowMs: number) {
    this.#rhythm = rhythm;
    this.#seenAtMs = nowMs;
    this.#movedAtMs = nowMs;
  }

  /** The foremost place seen; `undefined` outside the line. */
  get place(): number | undefined {
    return this.#place;
  }

  /** Milliseconds since the line moved, as far as can be told; since the waiter came, if never. */
  stillMs(nowMs: number): number {
    return nowMs - this.#movedAtMs;
  }

  /** The waiter has joined at `place`; `isGrantFresh`: just when the row went to its owner. */
  joined(place: number, atMs: number, isGrantFresh: boolean): void {
    this.#place = place;
    this.#seenAtMs = atMs;
    this.#movedAtMs = atMs;
    // How long the hold that is under way began ago says nothing: long ones are met more often.
    this.#anchor = isGrantFresh ? { place, atMs, isExact: true } : undefined;
  }

  /** The waiter was seen at `place`. */
  seen(place: number, atMs: number): void {
    const moved = (this.#place ?? place) - place;
    // A replica that lags shows where we were.
    if (moved < 0) return;
    this.#place = place;
    if (moved > 0) this.#moved(moved, place, atMs);
    this.#seenAtMs = Math.max(this.#seenAtMs, atMs);
  }

  granted(atMs: number): void {
    this.seen(GRANTED, atMs);
  }

  #moved(grants: number, place: number, atMs: number): void {
    // All grants but one lie wholly between the two looks, so they took no longer than that.
    const longestMs = (atMs - this.#seenAtMs) / (grants - 1);
    if (longestMs < this.#rhythm.msPerGrant) this.#rhythm.note(longestMs);
    this.#movedAtMs = this.#lastGrantMs(grants, atMs);
    const anchor = this.#anchor;
    if (anchor === undefined) {
      this.#anchor = { place, atMs: this.#movedAtMs, isExact: false };
    } else if (place === GRANTED) {
      const total = anchor.place - place;
      const isMeasured = anchor.isExact || total >= GRANTS_PER_ROUGH_SAMPLE;
      if (isMeasured) this.#rhythm.note((atMs - anchor.atMs) / total);
    }
  }

  /** When the last of `grants` was made: after the last look, at the line's pace. */
  #lastGrantMs(grants: number, atMs: number): number {
    const { msPerGrant } = this.#rhythm;
    const expectedMs = this.#anchor === undefined ? 0 : this.#movedAtMs + grants * msPerGrant;
    return Math.min(atMs, Math.max(this.#seenAtMs, atMs - msPerGrant, expectedMs));
  }
}
