import { type Clock, sleep } from './clock.ts';
import type { Random } from './random.ts';

/** How long to wait between tries. Times are milliseconds. */
export interface BackoffOptions {
  /** Upper bound of the first wait. */
  readonly firstMs: number;
  /** Upper bound of every wait. */
  readonly longestMs: number;
}

export const DEFAULT_BACKOFF: BackoffOptions = { firstMs: 25, longestMs: 1_000 };

/**
 * The wait before retry number `retry` (the first is 0): exponential with *full* jitter, uniform
 * between nothing and the bound. Of the usual schemes it spreads a herd best for the least work
 * (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
export function backoffMs(random: Random, retry: number, options = DEFAULT_BACKOFF): number {
  const bound = Math.min(options.longestMs, options.firstMs * 2 ** Math.min(retry, 30));
  return random.fraction() * bound;
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** No try starts at or after this point of `clock.monotonicMs()`. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly backoff?: BackoffOptions | undefined;
}

/** What one try came to: an answer to stop with, or the wish to try again. */
export type Try<T> = { readonly done: true; readonly value: T } | { readonly done: false };

export const tryAgain: Try<never> = { done: false };

export function stopWith<T>(value: T): Try<T> {
  return { done: true, value };
}

/**
 * The one retry loop of the library. Calls `attempt` until it stops, the deadline passes or the
 * signal aborts; `undefined` means that it gave up. The first try is always made. It knows nothing
 * of errors: an attempt says itself whether another one can help, because only the protocol
 * knows what an unknown outcome means to it.
 */
export async function retry<T>(
  options: RetryOptions,
  attempt: (number: number) => Promise<Try<T>>,
): Promise<T | undefined> {
  const { clock, random, deadlineMs, signal } = options;
  for (let number = 0; ; number += 1) {
    const result = await attempt(number);
    if (result.done) return result.value;
    const waitMs = backoffMs(random, number, options.backoff);
    if (clock.monotonicMs() + waitMs >= deadlineMs) return undefined;
    await sleep(clock, waitMs, signal);
    if (signal?.aborted === true) return undefined;
  }
}
