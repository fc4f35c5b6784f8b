import type { Clock, Timer, TimerOptions } from '../core/clock.ts';

/** How one client's clock differs from the true one. */
export interface ClientClockOptions {
  /** How far its wall clock is ahead of the true one. @default 0 */
  readonly wallOffsetMs?: number | undefined;
  /** By how much both its clocks run fast (or, negative, slow), in parts per million. @default 0 */
  readonly driftPpm?: number | undefined;
}

/** Whether the client's code can run, and whether its monotonic clock does. */
export type ClientState =
  | 'running'
  /** The process stands still, the machine does not: SIGSTOP, a blocked event loop, a long GC. */
  | 'paused'
  /** The machine stands still, and its monotonic clock with it: suspend, VM migration. */
  | 'suspended'
  /** The process is gone. Nothing of it runs again. */
  | 'stopped';

/**
 * In which order a client finds what fell due while it stood still. Node runs timers before it
 * looks at sockets; other runtimes, or a pause within the socket phase, do the opposite.
 */
export type ResumeOrder = 'timers-first' | 'answers-first';

/** The least that a timer which fired too early waits again: one step of the true clock's grid. */
const SHORTEST_REARM_MS = 1 / 1_024;

interface Waiting {
  readonly dueLocalMs: number;
  readonly options: TimerOptions;
  callback: (() => void) | undefined;
  timer: Timer | undefined;
}

/**
 * The clock of one client of a `VirtualClock`, and the gate for everything that can run the
 * client's code. Code runs because a timer fired or an answer came: timers are held here while
 * the client stands still, and whoever brings answers does so through {@link ClientClock.deliver}.
 */
export class ClientClock implements Clock {
  readonly #trueClock: Clock;
  readonly #rate: number;
  #wallOffsetMs: number;
  #state: ClientState = 'running';
  /** The monotonic clock is linear from here. */
  #anchorTrueMs: number;
  #anchorLocalMs: number;
  #dueTimers: Waiting[] = [];
  #heldAnswers: (() => void)[] = [];

  constructor(trueClock: Clock, options: ClientClockOptions = {}) {
    this.#trueClock = trueClock;
    this.#rate = 1 + (options.driftPpm ?? 0) / 1_000_000;
    this.#anchorTrueMs = trueClock.monotonicMs();
    this.#anchorLocalMs = this.#anchorTrueMs;
    this.#wallOffsetMs = trueClock.wallMs() - this.#anchorTrueMs + (options.wallOffsetMs ?? 0);
  }

  get state(): ClientState {
    return this.#state;
  }

  monotonicMs(): number {
    if (this.#state === 'suspended') return this.#anchorLocalMs;
    const elapsedMs = this.#trueClock.monotonicMs() - this.#anchorTrueMs;
    return this.#anchorLocalMs + elapsedMs * this.#rate;
  }

  wallMs(): number {
    return this.monotonicMs() + this.#wallOffsetMs;
  }

  startTimer(delayMs: number, callback: () => void, options: TimerOptions = {}): Timer {
    const dueLocalMs = this.monotonicMs() + Math.max(0, delayMs);
    const waiting: Waiting = { dueLocalMs, options, callback, timer: undefined };
    this.#arm(waiting, 0);
    return {
      cancel: () => {
        waiting.callback = undefined;
        waiting.timer?.cancel();
      },
    };
  }

  /** Sets the wall clock forward or, negative, back. */
  stepWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** Runs `callback` as soon as the client can run: now, when it resumes, or never. */
  deliver(callback: () => void): void {
    if (this.#state === 'running') callback();
    else if (this.#state !== 'stopped') this.#heldAnswers.push(callback);
  }

  /** The process stands still; both its clocks run on. */
  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  /** The machine stands still: its monotonic clock stops, the wall clock is right afterwards. */
  suspend(): void {
    if (this.#state !== 'running') return;
    this.#anchorLocalMs = this.monotonicMs();
    this.#anchorTrueMs = this.#trueClock.monotonicMs();
    this.#state = 'suspended';
  }

  /** Ends a pause or a suspension. What fell due runs now, each in a turn of its own. */
  resume(order: ResumeOrder = 'timers-first'): void {
    if (this.#state === 'suspended') {
      const trueMs = this.#trueClock.monotonicMs();
      this.#wallOffsetMs += (trueMs - this.#anchorTrueMs) * this.#rate;
      this.#anchorTrueMs = trueMs;
    } else if (this.#state !== 'paused') {
      return;
    }
    this.#state = 'running';
    if (order === 'timers-first') this.#releaseTimers();
    this.#releaseAnswers();
    if (order === 'answers-first') this.#releaseTimers();
  }

  /** The process ends here. Its promises never settle and its timers never fire. */
  stop(): void {
    this.#state = 'stopped';
    this.#dueTimers = [];
    this.#heldAnswers = [];
  }

  #arm(waiting: Waiting, shortestMs: number): void {
    const delayMs = (waiting.dueLocalMs - this.monotonicMs()) / this.#rate;
    waiting.timer = this.#trueClock.startTimer(
      Math.max(shortestMs, delayMs),
      () => this.#fire(waiting),
      waiting.options,
    );
  }

  #fire(waiting: Waiting): void {
    if (waiting.callback === undefined || this.#state === 'stopped') return;
    if (this.#state !== 'running') {
      this.#dueTimers.push(waiting);
    } else if (this.monotonicMs() < waiting.dueLocalMs) {
      // A suspension stopped the clock that this timer runs on, or the drift left a rounding
      // error: the rest of the wait is still to come.
      this.#arm(waiting, SHORTEST_REARM_MS);
    } else {
      const callback = waiting.callback;
      waiting.callback = undefined;
      callback();
    }
  }

  #releaseTimers(): void {
    const due = this.#dueTimers;
    this.#dueTimers = [];
    for (const waiting of due.sort((a, b) => a.dueLocalMs - b.dueLocalMs)) this.#arm(waiting, 0);
  }

  /** Through zero-delay timers, so that a pause right after the resume holds them again. */
  #releaseAnswers(): void {
    const held = this.#heldAnswers;
    this.#heldAnswers = [];
    for (const callback of held) this.#trueClock.startTimer(0, () => this.deliver(callback));
  }
}
