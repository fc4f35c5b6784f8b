import { type Clock, systemClock } from '../core/clock.ts';
import { copyMap, freezeDeep, orderOf } from './document.ts';
import { applyUpdate, evaluateCondition, faultOfActions } from './evaluate.ts';
import { ITEM_BYTES_MAX, itemBytes, readUnits, readUnitsOf, writeUnits } from './item-size.ts';
import { faultOfQuery, pageOf } from './query.ts';
import { faultOfKey, faultOfWrite } from './request-fault.ts';
import type { RequestObserver } from './request-observer.ts';
import { TTL_ATTRIBUTE } from './schema.ts';
import type {
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
import { abortedBeforeSending, invalidRequest } from './store-failure.ts';
import type { Item, Key } from './value.ts';

export interface MemoryStoreOptions {
  /** @default 'memory' */
  readonly table?: string | undefined;
  /** Whose wall time the answers' dates show, cut to whole seconds. @default the system's */
  readonly clock?: Clock | undefined;
  /** Replaces the dates of the answers; undefined stands for an answer without one. */
  readonly dateMs?: (() => number | undefined) | undefined;
  /** Told about every request that reached the table, with the units DynamoDB would charge. */
  readonly onRequest?: RequestObserver | undefined;
}

/**
 * A table in memory, for tests and simulation. Linearizable: each call takes effect at once, within
 * the call. Reads are always consistent; to see stale ones, and every other fault, decorate it.
 * Rows are frozen, and copied on their way in, so nobody can change one but by a write.
 */
export class MemoryStore implements Store {
  readonly table: string;
  readonly #rows = new Map<string, Item & Key>();
  readonly #dateMs: () => number | undefined;
  readonly #onRequest: RequestObserver | undefined;

  constructor(options: MemoryStoreOptions = {}) {
    const clock = options.clock ?? systemClock;
    this.table = options.table ?? 'memory';
    this.#dateMs = options.dateMs ?? (() => Math.floor(clock.wallMs() / 1_000) * 1_000);
    this.#onRequest = options.onRequest;
  }

  get(request: GetRequest, options: CallOptions = {}): Promise<GetResult> {
    if (options.signal?.aborted === true) return failed(abortedBeforeSending(options.signal));
    const fault = faultOfKey(request.key);
    if (fault !== undefined) return failed(invalidRequest(fault));
    const item = this.#rows.get(rowName(request.key));
    this.#onRequest?.({ operation: 'get', capacityUnits: readUnits(item, request.consistent) });
    const dateMs = this.#dateMs();
    return Promise.resolve(
      item === undefined ? { kind: 'missing', dateMs } : { kind: 'found', item, dateMs },
    );
  }

  query(request: QueryRequest, options: CallOptions = {}): Promise<QueryResult> {
    if (options.signal?.aborted === true) return failed(abortedBeforeSending(options.signal));
    const fault = faultOfQuery(request);
    if (fault !== undefined) return failed(invalidRequest(fault));
    const { items, next, bytes } = pageOf(this.#rows.values(), request);
    const capacityUnits = readUnitsOf(bytes, request.consistent);
    this.#onRequest?.({ operation: 'query', capacityUnits });
    return Promise.resolve({ kind: 'page', items, next, dateMs: this.#dateMs() });
  }

  write(request: WriteRequest, options: CallOptions = {}): Promise<WriteResult> {
    if (options.signal?.aborted === true) return failed(abortedBeforeSending(options.signal));
    const fault =
      faultOfWrite(request) ??
      (request.kind === 'update' ? faultOfActions(request.actions) : undefined);
    if (fault !== undefined) return failed(invalidRequest(fault));
    const key = request.kind === 'put' ? request.item : request.key;
    const before = this.#rows.get(rowName(key));
    const result = this.#change(request, before);
    if (this.#onRequest !== undefined) {
      const after = result.kind === 'applied' ? result.item : undefined;
      const capacityUnits = result.kind === 'failed' ? undefined : writeUnits(before, after);
      this.#onRequest({ operation: request.kind, capacityUnits });
    }
    return Promise.resolve({ ...result, dateMs: this.#dateMs() });
  }

  /** Deletes what DynamoDB may delete at `nowMs`: rows whose `ttl` (epoch seconds) has passed. */
  deleteExpired(nowMs: number): readonly Item[] {
    const expired = this.snapshot().filter((item) => {
      const ttl = item[TTL_ATTRIBUTE];
      return typeof ttl === 'number' && ttl * 1_000 < nowMs;
    });
    for (const item of expired) this.#rows.delete(rowName(item));
    return expired;
  }

  /** One row, without a request. */
  peek(key: Key): Item | undefined {
    return this.#rows.get(rowName(key));
  }

  /** Every row, ordered by key. */
  snapshot(): readonly (Item & Key)[] {
    return [...this.#rows.values()].sort(
      (left, right) => order(left.pk, right.pk) || order(left.sk, right.sk),
    );
  }

  #change(request: WriteRequest, before: (Item & Key) | undefined): WriteResult {
    if (request.condition !== undefined && !evaluateCondition(request.condition, before)) {
      return { kind: 'refused', item: before };
    }
    switch (request.kind) {
      case 'delete':
        this.#rows.delete(rowName(request.key));
        return { kind: 'applied', item: undefined };
      case 'put':
        return this.#keep({ ...copyMap(request.item), pk: request.item.pk, sk: request.item.sk });
      case 'update': {
        const outcome = applyUpdate(request.actions, before, request.key);
        if (outcome.kind === 'invalid') {
          return { kind: 'failed', failure: invalidRequest(outcome.message) };
        }
        return this.#keep(outcome.item);
      }
    }
  }

  #keep(item: Item & Key): WriteResult {
    if (itemBytes(item) > ITEM_BYTES_MAX) {
      return { kind: 'failed', failure: invalidRequest('Item size has exceeded the maximum') };
    }
    this.#rows.set(rowName(item), freezeDeep(item));
    return { kind: 'applied', item };
  }
}

function order(left: string, right: string): number {
  return orderOf(left, right) ?? 0;
}

/** One string for both parts of a key; the length in front keeps ('a', 'bc') from ('ab', 'c'). */
function rowName({ pk, sk }: Key): string {
  return `${pk.length}:${pk}${sk}`;
}

function failed(failure: StoreFailure): Promise<{ kind: 'failed'; failure: StoreFailure }> {
  return Promise.resolve({ kind: 'failed', failure });
}
