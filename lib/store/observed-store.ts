import type { Clock } from '../core/clock.ts';
import { type Instant, instantOf, type TableClock } from '../core/table-clock.ts';
import { answerWithin } from './answer-within.ts';
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

  #call<Result extends Answer>(
    start: (signal: AbortSignal) => Promise<Result>,
    giveUp: (failure: StoreFailure) => Result,
    parent: AbortSignal | undefined,
  ): Promise<Result> {
    const sent = instantOf(this.#clock);
    return answerWithin(this.#clock, {
      timeoutMs: this.#requestTimeoutMs,
      start,
      onAnswer: ({ dateMs }) => this.#learn(sent, dateMs),
      giveUp,
      parent,
    });
  }

  #learn(sent: Instant, dateMs: number | undefined): void {
    if (dateMs === undefined) return;
    const received = instantOf(this.#clock);
    this.#tableClock.observe({ sent, received, dateMs });
  }
}
