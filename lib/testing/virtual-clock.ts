import type { Clock, Timer, TimerOptions } from '../core/clock.ts';
import { nextTick, nextTurn } from '../core/turn.ts';
import { ClientClock, type ClientClockOptions } from './client-clock.ts';
import { TimerQueue } from './timer-queue.ts';

export interface VirtualClockOptions {
  /**
   * What the wall clock shows at the start, epoch milliseconds.
   * @default 1_900_000_000_000 (in March 2030)
   */
  readonly startWallMs?: number | undefined;
  /**
   * What has run before the next timer fires: everything that a turn of the event loop brings, or
   * `microtasks` alone, which takes two thirds of the time. The latter is enough for code that
   * awaits nothing but promises, this clock and {@link VirtualClock.standStill}.
   * @default 'turn'
   */
  readonly settles?: 'turn' | 'microtasks' | undefined;
}

const DEFAULT_START_WALL_MS = 1_900_000_000_000;

/**
 * Timers fire on a grid of 1/1024 ms, rounded up: a binary fraction, so that times are exact and no
 * rounding error fires a timer a hair before its time.
 */
const GRID_PER_MS = 1_024;

/** Longest that {@link VirtualClock.run} lets a promise take by default: one virtual day. */
const DEFAULT_RUN_LIMIT_MS = 86_400_000;

/**
 * Time that passes only when a test says so, and then at once: hours of heartbeats take
 * milliseconds, and the same program runs the same way every time.
 *
 * ```ts
 * const clock = new VirtualClock();
 * const store = new MemoryStore({ clock });
 * const holdfast = new Holdfast({ store, clock, random: new SeededRandom(1) });
 * const hold = await clock.run(holdfast.lock('report').acquire());
 * await clock.advance(60_000); // a minute of renewals
 * ```
 *
 * Timers fire one at a time, ordered by due time and then by the order in which they were started;
 * after each, everything that became ready runs before the next. Real I/O may go on below
 * (an emulator behind the store): {@link VirtualClock.standStill} makes virtual time wait for it.
 *
 * Do not combine it with a test framework's fake timers: those replace the event loop's own tools,
 * which this clock needs to let promises settle.
 */
export class VirtualClock implements Clock {
  readonly #timers = new TimerQueue();
  readonly #startWallMs: number;
  readonly #next: () => Promise<void>;
  #nowMs = 0;
  #fired = 0;
  readonly #realWork = new Set<Promise<unknown>>();

  constructor(options: VirtualClockOptions = {}) {
    this.#startWallMs = options.startWallMs ?? DEFAULT_START_WALL_MS;
    this.#next = options.settles === 'microtasks' ? nextTick : nextTurn;
  }

  /** Virtual milliseconds since this clock was made. */
  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#startWallMs + this.#nowMs;
  }

  startTimer(delayMs: number, callback: () => void, options: TimerOptions = {}): Timer {
    const dueMs = Math.ceil((this.#nowMs + Math.max(0, delayMs)) * GRID_PER_MS) / GRID_PER_MS;
    const timer = this.#timers.add(dueMs, options.keepsProcessAlive === true, callback);
    return { cancel: () => this.#timers.cancel(timer) };
  }

  /** How many timers wait to fire. */
  get pendingTimers(): number {
    return this.#timers.pending;
  }

  /** How many timers have fired so far. */
  get firedTimers(): number {
    return this.#fired;
  }

  /** A clock for one client, which may be set wrong, drift, step, pause and stop. */
  clientClock(options: ClientClockOptions = {}): ClientClock {
    return new ClientClock(this, options);
  }

  /** Lets everything that is ready run, without any time passing. */
  async settle(): Promise<void> {
    await this.#next();
    while (this.#realWork.size > 0) {
      await Promise.allSettled(this.#realWork);
      await this.#next();
    }
  }

  /** Moves to the next timer and fires it. False when no timer waits. */
  async step(): Promise<boolean> {
    const dueMs = this.#timers.nextDueMs();
    if (dueMs === undefined) return false;
    this.#nowMs = Math.max(this.#nowMs, dueMs);
    this.#fired += 1;
    this.#timers.take()?.();
    await this.settle();
    return true;
  }

  /** Lets `durationMs` pass and fires, in order, every timer that falls due in it. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + Math.max(0, durationMs);
    await this.settle();
    for (;;) {
      const dueMs = this.#timers.nextDueMs();
      if (dueMs === undefined || dueMs > untilMs) break;
      await this.step();
    }
    this.#nowMs = untilMs;
  }

  /**
   * Lets time pass until `work` settles, and returns what it returns.
   *
   * @param limitMs The most virtual time it may take. Default: one day.
   * @throws Error when no timer is left that could settle it, or the limit passes.
   */
  async run<T>(work: Promise<T>, limitMs: number = DEFAULT_RUN_LIMIT_MS): Promise<T> {
    const deadlineMs = this.#nowMs + limitMs;
    let settled = false;
    const note = () => {
      settled = true;
    };
    work.then(note, note);
    await this.settle();
    while (!settled) {
      if ((this.#timers.nextDueMs() ?? Number.POSITIVE_INFINITY) > deadlineMs) {
        throw new Error(
          this.#timers.pending === 0
            ? 'the promise can never settle: no timer waits on the virtual clock'
            : `the promise did not settle within ${limitMs} virtual ms`,
        );
      }
      await this.step();
    }
    return work;
  }

  /**
   * Lets time pass until nothing waits that would keep a process alive: as a program would run to
   * its end. Renewals of a hold do not count, so a held lock does not make it endless.
   *
   * @param limitMs The most virtual time it may take. Default: one day.
   * @throws Error when the limit passes first.
   */
  async runUntilIdle(limitMs: number = DEFAULT_RUN_LIMIT_MS): Promise<void> {
    const deadlineMs = this.#nowMs + limitMs;
    await this.settle();
    while (this.#timers.keepingAlive > 0) {
      if ((this.#timers.nextDueMs() ?? 0) > deadlineMs) {
        throw new Error(`not idle after ${limitMs} virtual ms`);
      }
      await this.step();
    }
  }

  /** Runs real I/O while virtual time stands still: nothing fires until it has ended. */
  async standStill<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#realWork.add(running);
    try {
      return await running;
    } finally {
      this.#realWork.delete(running);
    }
  }
}
