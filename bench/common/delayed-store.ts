import type {
  CallOptions,
  GetRequest,
  GetResult,
  QueryRequest,
  QueryResult,
  Store,
  WriteRequest,
  WriteResult,
} from '../../lib/store/store.ts';

export interface DelayedStoreOptions {
  readonly roundTripMs: number;
  readonly wait: (delayMs: number) => Promise<void>;
  readonly nowMs: () => number;
  /** Called with the outcome of each write at the moment at which the table applied it. */
  readonly onWrite?: ((result: WriteResult) => void) | undefined;
}

/** A table at a distance: half of the way before a request takes effect, and half after. */
export class DelayedStore implements Store {
  readonly table: string;
  reads = 0;
  writes = 0;
  readonly roundTripsMs: number[] = [];
  readonly #inner: Store;
  readonly #options: DelayedStoreOptions;

  constructor(inner: Store, options: DelayedStoreOptions) {
    this.table = inner.table;
    this.#inner = inner;
    this.#options = options;
  }

  get requests(): number {
    return this.reads + this.writes;
  }

  get(request: GetRequest, options?: CallOptions): Promise<GetResult> {
    this.reads += 1;
    return this.travel(() => this.#inner.get(request, options));
  }

  query(request: QueryRequest, options?: CallOptions): Promise<QueryResult> {
    this.reads += 1;
    return this.travel(() => this.#inner.query(request, options));
  }

  write(request: WriteRequest, options?: CallOptions): Promise<WriteResult> {
    this.writes += 1;
    return this.travel(async () => {
      const result = await this.#inner.write(request, options);
      this.#options.onWrite?.(result);
      return result;
    });
  }

  /** Any call of the table, over the same way. */
  async travel<Result>(call: () => Promise<Result>): Promise<Result> {
    const { roundTripMs, wait, nowMs } = this.#options;
    const sentMs = nowMs();
    await wait(roundTripMs / 2);
    const result = await call();
    await wait(roundTripMs / 2);
    this.roundTripsMs.push(nowMs() - sentMs);
    return result;
  }
}
