import type {
  Answer,
  GetRequest,
  GetResult,
  QueryRequest,
  QueryResult,
  Store,
  WriteRequest,
  WriteResult,
} from '../../../lib/store/store.ts';
import type { Item, Key } from '../../../lib/store/value.ts';
import type { VirtualClock } from '../../../lib/testing/virtual-clock.ts';

/**
 * Puts a real store, with its sockets and its own time, into a simulated world: virtual time stands
 * still while a request is under way, answers carry virtual dates, and the rows of a run are kept
 * apart from those of other runs by a prefix to their partition keys.
 */
export class StandingStore implements Store {
  readonly table: string;
  readonly #inner: Store;
  readonly #clock: VirtualClock;
  readonly #prefix: string;

  constructor(inner: Store, clock: VirtualClock, prefix: string) {
    this.table = inner.table;
    this.#inner = inner;
    this.#clock = clock;
    this.#prefix = prefix;
  }

  async get(request: GetRequest): Promise<GetResult> {
    const inner = { ...request, key: this.#prefixed(request.key) };
    const result = await this.#stand(() => this.#inner.get(inner));
    return result.kind === 'found' ? { ...result, item: this.#plain(result.item) } : result;
  }

  async query(request: QueryRequest): Promise<QueryResult> {
    const inner = { ...request, pk: this.#prefix + request.pk };
    const result = await this.#stand(() => this.#inner.query(inner));
    if (!('items' in result)) return result;
    return { ...result, items: result.items.map((item) => this.#plain(item)) };
  }

  async write(request: WriteRequest): Promise<WriteResult> {
    const inner =
      request.kind === 'put'
        ? { ...request, item: { ...request.item, ...this.#prefixed(request.item) } }
        : { ...request, key: this.#prefixed(request.key) };
    const result = await this.#stand(() => this.#inner.write(inner));
    if (!('item' in result) || result.item === undefined) return result;
    return { ...result, item: this.#plain(result.item) };
  }

  async #stand<Result extends Answer>(call: () => Promise<Result>): Promise<Result> {
    const result = await this.#clock.standStill(call);
    return { ...result, dateMs: Math.floor(this.#clock.wallMs() / 1_000) * 1_000 };
  }

  #prefixed({ pk, sk }: Key): Key {
    return { pk: this.#prefix + pk, sk };
  }

  #plain<Row extends Item>(item: Row): Row {
    const { pk } = item;
    return typeof pk === 'string' ? { ...item, pk: pk.slice(this.#prefix.length) } : item;
  }
}
