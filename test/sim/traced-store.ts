import type {
  GetRequest,
  GetResult,
  QueryRequest,
  QueryResult,
  Store,
  WriteRequest,
  WriteResult,
} from '../../lib/store/store.ts';

export type Arrival =
  | { readonly kind: 'read'; readonly request: GetRequest; readonly result: GetResult }
  | { readonly kind: 'write'; readonly request: WriteRequest; readonly result: WriteResult };

/** Sees every request at the moment in which it takes effect: the one true order of things. */
export class TracedStore implements Store {
  readonly table: string;
  readonly #inner: Store;
  readonly #onArrival: (arrival: Arrival) => void;

  constructor(inner: Store, onArrival: (arrival: Arrival) => void) {
    this.table = inner.table;
    this.#inner = inner;
    this.#onArrival = onArrival;
  }

  async get(request: GetRequest): Promise<GetResult> {
    const result = await this.#inner.get(request);
    this.#onArrival({ kind: 'read', request, result });
    return result;
  }

  query(request: QueryRequest): Promise<QueryResult> {
    return this.#inner.query(request);
  }

  async write(request: WriteRequest): Promise<WriteResult> {
    const result = await this.#inner.write(request);
    this.#onArrival({ kind: 'write', request, result });
    return result;
  }
}
