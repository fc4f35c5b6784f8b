import { deriveDeadline } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import { instantOf, type TableClock } from '../core/table-clock.ts';
import type {
  Answer,
  CallOptions,
  GetRequest,
  GetResult,
  QueryRequest,
  QueryResult,
  Store,
  StoreFailure,
  WriteRequest,
  WriteResult,
} from './store.ts';

/**
 * A store that never waits longer than the request timeout, and whose every answer teaches the
 * table clock. All primitives talk to the table through one of these.
 */
export class ObservedStore implements Store {
  readonly table: string;
  readonly #inner: Store;
  readonly #clock: Clock;
  readonly #tableClock: TableClock;
  readonly #requestTimeoutMs: number;

  constructor(inner: Store, clock: Clock, tableClock: TableClock, requestTimeoutMs: number) {
    this.table = inner.table;
    this.#inner = inner;
    this.#clock = clock;
    this.#tableClock = tableClock;
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  get(request: GetRequest, options: CallOptions = {}): Promise<GetResult> {
    return this.#call<GetResult>(
      (signal) => this.#inner.get(request, { signal }),
      // A read that was given up on has no effect to be unsure of.
      (failure) => ({ kind: 'failed', failure }),
      options.signal,
    );
  }

  query(request: QueryRequest, options: CallOptions = {}): Promise<QueryResult> {
    return this.#call<QueryResult>(
      (signal) => this.#inner.query(request, { signal }),
      (failure) => ({ kind: 'failed', failure }),
      options.signal,
    );
  }

  write(request: WriteRequest, options: CallOptions = {}): Promise<WriteResult> {
    return this.#call<WriteResult>(
      (signal) => this.#inner.write(request, { signal }),
      (failure) => ({ kind: 'unknown', failure }),
      options.signal,
    );
  }

  async #call<Result extends Answer>(
    start: (signal: AbortSignal) => Promise<Result>,
    giveUp: (failure: StoreFailure) => Result,
    parent: AbortSignal | undefined,
  ): Promise<Result> {
    const timeoutMs = this.#requestTimeoutMs;
    const timeout = () => new Error(`no answer within ${timeoutMs} ms`);
    const deadline = deriveDeadline(this.#clock, timeoutMs, timeout, parent);
    const sent = instantOf(this.#clock);
    const abandon = () => giveUp(failureOf(parent?.aborted === true, deadline.signal.reason));
    const answer = start(deadline.signal).then((result) => {
      if (result.dateMs !== undefined) {
        const received = instantOf(this.#clock);
        this.#tableClock.observe({ sent, received, dateMs: result.dateMs });
      }
      // A store that notices the signal at once takes the timeout for a caller who gave up, and
      // says that another try cannot help.
      return deadline.signal.aborted ? abandon() : result;
    });
    // The inner store may be slow to notice the signal; the caller's lease is not.
    const abandoned = whenAborted(deadline.signal).then(abandon);
    try {
      return await Promise.race([answer, abandoned]);
    } finally {
      deadline.dispose();
    }
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function failureOf(byCaller: boolean, cause: unknown): StoreFailure {
  return byCaller
    ? { reason: 'aborted', retryable: false, message: 'the caller gave up', cause }
    : { reason: 'timeout', retryable: true, message: 'no answer in time', cause };
}
