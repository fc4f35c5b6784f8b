import type { Answer, StoreFailure } from '../store/store.ts';
import type { CallKind } from './fault-plan.ts';

/** One call, whatever it is. */
export interface Exchange<Result extends Answer> {
  readonly kind: CallKind;
  readonly execute: (staleMs: number | undefined) => Promise<Result>;
  /** An ending without an answer of the table; `certain` when it surely had no effect. */
  readonly fail: (failure: StoreFailure, certain: boolean) => Result;
}

/** A call under way. */
export interface Flight<Result> {
  /** Ends the call for its sender. Only the first ending counts. */
  readonly end: (result: Result) => void;
  /** Whether the sender has stopped waiting. */
  givenUp: boolean;
}

/** How a write ends for a sender who gets no answer of the table. */
export interface Unanswered extends Answer {
  readonly kind: 'failed' | 'unknown';
  readonly failure: StoreFailure;
}

export function unanswered(failure: StoreFailure, certain: boolean): Unanswered {
  return { kind: certain ? 'failed' : 'unknown', failure };
}

export function aborted(signal: AbortSignal): StoreFailure {
  const message = 'the caller gave up';
  return { reason: 'aborted', retryable: false, message, cause: signal.reason };
}

export function failure(reason: StoreFailure['reason'], message: string): StoreFailure {
  return { reason, retryable: true, message };
}
