/** A hold of another length now and then must not set the pace for everybody behind it. */
const SAMPLES_MAX = 4;
/**
 * The guess for a line that was never seen moving. To hand over, look, accept and hand over again
 * takes two round trips at least; four is too long for the shortest holds only.
 */
const ROUND_TRIPS_PER_GRANT = 4;

/**
 * How fast a line can move, as one process remembers it from wait to wait. The fastest of the last
 * few samples, not their mean: whoever expects his turn too early looks once more, whoever expects
 * it too late keeps the whole line waiting, and makes it look slower to the others than it is.
 */
export class Rhythm {
  readonly #way: { readonly roundTripMs: number };
  readonly #samples: number[] = [];

  /** @param way the way to the table and back, which a guess is made of */
  constructor(way: { readonly roundTripMs: number }) {
    this.#way = way;
  }

  /** Milliseconds from one grant to the next. */
  get msPerGrant(): number {
    if (this.#samples.length > 0) return Math.min(...this.#samples);
    return ROUND_TRIPS_PER_GRANT * this.#way.roundTripMs;
  }

  note(msPerGrant: number): void {
    this.#samples.push(msPerGrant);
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift();
  }
}
