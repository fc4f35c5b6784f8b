import { deriveDeadline } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import type { StoreFailure } from './store.ts';

/** One call of a store, and how long to wait for it. */
export interface TimedCall<Result> {
  readonly timeoutMs: number;
  readonly start: (signal: AbortSignal) => Promise<Result>;
  /** Sees every answer, also one that nobody waits for any more. */
  readonly onAnswer?: (result: Result) => void;
  /** What the call came to when its answer was not waited for. */
  readonly giveUp: (failure: StoreFailure) => Result;
  /** The caller's own signal. */
  readonly parent: AbortSignal | undefined;
}

/** Starts a call and waits for its answer no longer than its limit, or than its caller lets it. */
export function answerWithin<Result>(clock: Clock, call: TimedCall<Result>): Promise<Result> {
  const { timeoutMs, start, onAnswer, giveUp, parent } = call;
  const timeout = () => new Error(`no answer within ${timeoutMs} ms`);
  const deadline = deriveDeadline(clock, timeoutMs, timeout, parent);
  const { signal } = deadline;
  return new Promise((resolve, reject) => {
    const settle = (result: Result) => {
      deadline.dispose();
      resolve(result);
    };
    // The store may be slow to notice the signal; the caller's lease is not. And one that notices
    // it at once takes the timeout for a caller who gave up, and says that another try cannot
    // help: so we listen before it does.
    const abandon = () => settle(giveUp(failureOf(parent?.aborted === true, signal.reason)));
    signal.addEventListener('abort', abandon, { once: true });
    if (signal.aborted) abandon();
    start(signal).then((result) => {
      onAnswer?.(result);
      settle(result);
    }, reject);
  });
}

function failureOf(byCaller: boolean, cause: unknown): StoreFailure {
  return byCaller
    ? { reason: 'aborted', retryable: false, message: 'the caller gave up', cause }
    : { reason: 'timeout', retryable: true, message: 'no answer in time', cause };
}
