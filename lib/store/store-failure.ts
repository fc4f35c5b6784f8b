import type { StoreFailure } from './store.ts';

/** Failures that every store makes alike. */

export function invalidRequest(message: string, cause?: unknown): StoreFailure {
  return { reason: 'invalid-request', retryable: false, message, cause };
}

/** Nothing was sent, so nothing can have happened: the one abort whose outcome is certain. */
export function abortedBeforeSending(signal: AbortSignal): StoreFailure {
  const message = 'given up before the request was sent';
  return { reason: 'aborted', retryable: false, message, cause: signal.reason };
}
