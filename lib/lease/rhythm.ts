/** How fast a line moves, learned from the places that its waiters pass. */
export class Rhythm {
  #msPerGrant: number | undefined;
  #place: number | undefined;
  #movedAtMs: number;

  constructor(nowMs: number) {
    this.#movedAtMs = nowMs;
  }

  get msPerGrant(): number | undefined {
    return this.#msPerGrant;
  }

  /** Milliseconds since the line was last seen moving. */
  stillMs(nowMs: number): number {
    return nowMs - this.#movedAtMs;
  }

  /** A waiter of this process has joined the line, or stands at the head of nothing again. */
  begin(place: number | undefined, nowMs: number): void {
    this.#place = place;
    this.#movedAtMs = nowMs;
  }

  /** A waiter of this process stands at `place`; -1 is having been granted the row. */
  note(place: number, nowMs: number): void {
    const moved = (this.#place ?? place) - place;
    this.#place = place;
    if (moved <= 0) return;
    const sample = (nowMs - this.#movedAtMs) / moved;
    this.#movedAtMs = nowMs;
    this.#msPerGrant =
      this.#msPerGrant === undefined ? sample : this.#msPerGrant * 0.7 + sample * 0.3;
  }
}
