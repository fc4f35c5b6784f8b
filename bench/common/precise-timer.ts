/**
 * Waits on the real clock to a few hundredths of a millisecond. Node's own timers count whole
 * milliseconds and may add another, which is as much as a nearby network itself. So this one lets
 * `setTimeout` wait most of the time and passes the rest in turns of the event loop: it keeps a
 * core busy, and everything else that is due still runs between two turns.
 */
export class PreciseTimer {
  readonly #waiting: Waiting[] = [];
  #isPumping = false;

  wait(delayMs: number): Promise<void> {
    const dueMs = performance.now() + delayMs;
    return new Promise((resolve) => {
      const after = this.#waiting.findIndex((other) => other.dueMs > dueMs);
      this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, { dueMs, resolve });
      if (this.#isPumping) return;
      this.#isPumping = true;
      this.#pump();
    });
  }

  #pump(): void {
    const nowMs = performance.now();
    for (let next = this.#waiting[0]; next !== undefined && next.dueMs <= nowMs; ) {
      this.#waiting.shift();
      next.resolve();
      next = this.#waiting[0];
    }
    const next = this.#waiting[0];
    if (next === undefined) this.#isPumping = false;
    else if (next.dueMs - nowMs > COARSE_MS) setTimeout(() => this.#pump(), 1);
    else setImmediate(() => this.#pump());
  }
}

interface Waiting {
  readonly dueMs: number;
  readonly resolve: () => void;
}

/** What `setTimeout(1)` may take at most, on a machine that is not overloaded. */
const COARSE_MS = 3;
