/**
 * Time, as the library sees it. Every timer, date and duration in the library comes through a
 * `Clock`, so that tests can run hours in milliseconds and the simulator can make clocks lie.
 *
 * This file, `random.ts` and nothing else may touch the platform's timers, dates and randomness.
 */
export interface Clock {
  /**
   * Milliseconds on a clock that never steps. Only differences mean anything. It may stand still
   * while the host is suspended, which is why owners also watch {@link Clock.wallMs}.
   */
  monotonicMs(): number;

  /** Milliseconds since the epoch by this machine's own clock, which may be hours off or step. */
  wallMs(): number;

  /** Calls `callback` once, `delayMs` from now. Cancelling a timer that has fired does nothing. */
  startTimer(delayMs: number, callback: () => void, options?: TimerOptions): Timer;
}

/** How a timer is kept. */
export interface TimerOptions {
  /**
   * Whether a pending timer keeps the process alive. A heartbeat must not; a caller who awaits a
   * lock must, or Node would end the process in the middle of the wait.
   * @default false
   */
  readonly keepsProcessAlive?: boolean | undefined;
}

/** A timer that has been started. */
export interface Timer {
  cancel(): void;
}

/** Node clamps longer delays to one millisecond, which would turn a long lease into a busy loop. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The clock of this machine. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  startTimer(delayMs, callback, options = {}) {
    const timeout = setTimeout(callback, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    if (options.keepsProcessAlive !== true) timeout.unref();
    return { cancel: () => clearTimeout(timeout) };
  },
};

/**
 * Waits `delayMs`. Resolves early, without an error, when `signal` aborts: whoever sleeps in a
 * loop looks at the signal at the top of the loop anyway, and one way out is easier to get right.
 */
export function sleep(
  clock: Clock,
  delayMs: number,
  signal?: AbortSignal | undefined,
  options: TimerOptions = { keepsProcessAlive: true },
): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      timer.cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.startTimer(delayMs, finish, options);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
