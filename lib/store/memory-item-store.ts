import { type Attribute, type Attributes, attributesBytes, textOfAttributes } from './attribute.ts';
import { orderOf } from './document.ts';
import { ITEM_BYTES_MAX } from './item-size.ts';
import type {
  ItemAddress,
  ItemClause,
  ItemGetResult,
  ItemQuery,
  ItemQueryResult,
  ItemStore,
  ItemWrite,
  ItemWriteResult,
  SortRange,
} from './item-store.ts';
import type { RequestObserver } from './request-observer.ts';
import type { Answer, CallOptions, StoreFailure } from './store.ts';
import { abortedBeforeSending, invalidRequest } from './store-failure.ts';

export interface MemoryItemStoreOptions {
  /** Told about every request that reached a table, with the units DynamoDB would charge. */
  readonly onRequest?: RequestObserver | undefined;
  /** The most items of a page. @default as many as there are */
  readonly pageItems?: number | undefined;
  /** What answers say in their `Date` header, as epoch milliseconds. @default nothing */
  readonly dateMs?: (() => number | undefined) | undefined;
}

/** An item where it is kept. */
export interface KeptItem extends ItemAddress {
  readonly item: Attributes;
}

/**
 * Tables in memory, of any name and key, for tests and simulation. Linearizable: each call takes
 * effect at once, within the call. Faults are for whoever decorates it.
 */
export class MemoryItemStore implements ItemStore {
  readonly #items = new Map<string, KeptItem>();
  readonly #onRequest: RequestObserver | undefined;
  readonly #pageItems: number;
  readonly #dateMs: () => number | undefined;

  constructor(options: MemoryItemStoreOptions = {}) {
    this.#onRequest = options.onRequest;
    this.#pageItems = options.pageItems ?? Number.POSITIVE_INFINITY;
    this.#dateMs = options.dateMs ?? (() => undefined);
  }

  get(request: ItemAddress, { signal }: CallOptions = {}): Promise<ItemGetResult> {
    if (signal?.aborted === true) return failed(abortedBeforeSending(signal));
    const item = this.#items.get(placeOf(request))?.item;
    this.#note('get', Math.max(1, Math.ceil(attributesBytes(item) / 4_096)));
    const found =
      item === undefined ? ({ kind: 'missing' } as const) : ({ kind: 'found', item } as const);
    return Promise.resolve({ ...found, ...this.#dated() });
  }

  query(request: ItemQuery, { signal }: CallOptions = {}): Promise<ItemQueryResult> {
    if (signal?.aborted === true) return failed(abortedBeforeSending(signal));
    const all = [...this.#items.values()]
      .filter(({ table, key }) => table === request.table && isWithin(key, request))
      .sort((left, right) => sortOrder(left.key, right.key, request));
    const { after } = request;
    const rest = all.filter(({ key }) => after === undefined || sortOrder(key, after, request) > 0);
    const page = rest.slice(0, this.#pageItems);
    const items = page.map(({ item }) => item);
    const bytes = items.reduce((sum, item) => sum + attributesBytes(item), 0);
    this.#note('query', Math.max(1, Math.ceil(bytes / 4_096)));
    const next = page.length < rest.length ? page.at(-1)?.key : undefined;
    return Promise.resolve({ kind: 'page', items, next });
  }

  write(request: ItemWrite, { signal }: CallOptions = {}): Promise<ItemWriteResult> {
    if (signal?.aborted === true) return failed(abortedBeforeSending(signal));
    const before = this.#items.get(placeOf(request))?.item;
    const result = this.#change(request, before);
    const after = result.kind === 'applied' ? result.item : undefined;
    const bytes = Math.max(attributesBytes(before), attributesBytes(after));
    this.#note(request.kind, Math.max(1, Math.ceil(bytes / 1_024)));
    return Promise.resolve({ ...result, ...this.#dated() });
  }

  /** One item, without a request. */
  peek(address: ItemAddress): Attributes | undefined {
    return this.#items.get(placeOf(address))?.item;
  }

  /** Every item of every table, in the order in which they came into being. */
  snapshot(): readonly KeptItem[] {
    return [...this.#items.values()];
  }

  #change(request: ItemWrite, before: Attributes | undefined): ItemWriteResult {
    const { table, key, condition = [] } = request;
    if (!condition.every((clause) => holds(clause, before))) {
      return { kind: 'refused', item: before };
    }
    if (request.kind === 'delete') {
      this.#items.delete(placeOf(request));
      return { kind: 'applied', item: undefined };
    }
    const after = request.kind === 'put' ? request.item : updated(before ?? key, request);
    if (attributesBytes(after) > ITEM_BYTES_MAX) {
      return { kind: 'failed', failure: invalidRequest('Item size has exceeded the maximum') };
    }
    const item = Object.freeze({ ...after });
    this.#items.set(placeOf(request), { table, key, item });
    return { kind: 'applied', item };
  }

  #dated(): Answer {
    const dateMs = this.#dateMs();
    return dateMs === undefined ? {} : { dateMs };
  }

  #note(operation: 'get' | 'query' | ItemWrite['kind'], capacityUnits: number): void {
    this.#onRequest?.({ operation, capacityUnits });
  }
}

function updated(before: Attributes, request: ItemWrite & { kind: 'update' }): Attributes {
  const after: Record<string, Attribute> = { ...before, ...request.set };
  for (const name of request.remove ?? []) delete after[name];
  return after;
}

function holds(clause: ItemClause, item: Attributes | undefined): boolean {
  if (clause.kind === 'any') return clause.of.some((each) => holds(each, item));
  const found = lookup(item, clause.path);
  if (clause.kind === 'exists') return found !== undefined;
  if (clause.kind === 'absent') return found === undefined;
  if (clause.kind === 'below') {
    return found !== undefined && 'N' in found && Number(found.N) < clause.value;
  }
  return (
    found !== undefined &&
    textOfAttributes({ it: found }) === textOfAttributes({ it: clause.value })
  );
}

function lookup(item: Attributes | undefined, path: readonly string[]): Attribute | undefined {
  let within = item;
  let found: Attribute | undefined;
  for (const name of path) {
    found = within !== undefined && Object.hasOwn(within, name) ? within[name] : undefined;
    within = found !== undefined && 'M' in found ? found.M : undefined;
  }
  return found;
}

function isWithin(key: Attributes, { partition, sort }: ItemQuery): boolean {
  const [name, value] = partition;
  const own = key[name];
  if (own === undefined || compare(own, value) !== 0) return false;
  return sort === undefined || isInRange(key[sort.name], sort);
}

function isInRange(value: Attribute | undefined, range: SortRange): boolean {
  if (value === undefined) return false;
  if ('prefix' in range) {
    const { prefix } = range;
    return 'S' in value && 'S' in prefix && value.S.startsWith(prefix.S);
  }
  return compare(value, range.from) >= 0 && compare(value, range.to) <= 0;
}

/** Items of one partition differ in one attribute at most: the sort key. */
function sortOrder(left: Attributes, right: Attributes, { partition }: ItemQuery): number {
  const name = Object.keys(left).find((candidate) => candidate !== partition[0]);
  const [one, other] = name === undefined ? [] : [left[name], right[name]];
  return one === undefined || other === undefined ? 0 : compare(one, other);
}

function compare(left: Attribute, right: Attribute): number {
  if ('N' in left && 'N' in right) return Number(left.N) - Number(right.N);
  if ('S' in left && 'S' in right) return orderOf(left.S, right.S) ?? 0;
  if ('B' in left && 'B' in right) return Buffer.compare(left.B, right.B);
  return 1;
}

function placeOf({ table, key }: ItemAddress): string {
  return `${table.length}:${table}${textOfAttributes(key)}`;
}

function failed(failure: StoreFailure): Promise<{ kind: 'failed'; failure: StoreFailure }> {
  return Promise.resolve({ kind: 'failed', failure });
}
