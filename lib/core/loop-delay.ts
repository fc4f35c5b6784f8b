import type { Clock, Timer } from './clock.ts';
import { SlidingMaximum } from './sliding-maximum.ts';

/** How often to look. A delay shorter than this may pass unnoticed, and does no harm. */
const EVERY_MS = 500;
const WINDOW_MS = 60_000;

/**
 * How late this process's timers are: a busy event loop, a paused process. What keeps leases alive
 * waits in the same queue, so this is how near they are to being lost.
 */
export class LoopDelay {
  readonly #clock: Clock;
  readonly #delays = new SlidingMaximum(WINDOW_MS, WINDOW_MS / EVERY_MS);
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The longest delay within the last minute, in milliseconds. */
  get maxMs(): number {
    return this.#delays.maximum(this.#clock.monotonicMs()) ?? 0;
  }

  start(): void {
    const dueMs = this.#clock.monotonicMs() + EVERY_MS;
    this.#timer = this.#clock.startTimer(EVERY_MS, () => {
      const nowMs = this.#clock.monotonicMs();
      this.#delays.push(nowMs, Math.max(0, nowMs - dueMs));
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
