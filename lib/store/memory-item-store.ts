import { type Attribute, type Attributes, attributesBytes, textOfAttributes } from './attribute.ts';
import { ITEM_BYTES_MAX } from './item-size.ts';
import type {
  ItemAddress,
  ItemGetResult,
  ItemQuery,
  ItemQueryResult,
  ItemStore,
  ItemWrite,
  ItemWriteResult,
} from './item-store.ts';
import {
  addressOf,
  type ItemsGetResult,
  type ItemTransaction,
  type ItemTransactionPart,
  type ItemTransactionResult,
} from './item-transaction.ts';
import { holds, isWithin, sortOrder } from './memory-item-clause.ts';
import { type CommitEach, MemoryTransactions } from './memory-item-transactions.ts';
import { isRowPart, judgeRow, rowAfter } from './memory-row-parts.ts';
import type { MemoryStore } from './memory-store.ts';
import type { ObservedRequest, RequestObserver } from './request-observer.ts';
import { attributesOfRow } from './row-attributes.ts';
import { keyOfRow, RowItems } from './row-items.ts';
import type { Answer, CallOptions, StoreFailure } from './store.ts';
import { abortedBeforeSending, invalidRequest } from './store-failure.ts';

export interface MemoryItemStoreOptions {
  /** Told about every request that reached a table, with the units DynamoDB would charge. */
  readonly onRequest?: RequestObserver | undefined;
  /** The most items of a page. @default as many as there are */
  readonly pageItems?: number | undefined;
  /** What answers say in their `Date` header, as epoch milliseconds. @default nothing */
  readonly dateMs?: (() => number | undefined) | undefined;
  /**
   * The library's own table, which is a table like the others on DynamoDB: needed by transactions
   * under a hold, or with rows of the library's in them.
   */
  readonly rows?: MemoryStore | undefined;
  /**
   * Commits the items of a native transaction one by one, each when it calls back: between the
   * first and the last, the transaction is half committed. @default all at once
   */
  readonly commitEach?: CommitEach | undefined;
  /** Whether there are no native transactions, as on some emulators. @default false */
  readonly lacksTransactions?: boolean | undefined;
}

/** An item where it is kept. */
export interface KeptItem extends ItemAddress {
  readonly item: Attributes;
}

/**
 * Tables in memory, of any name and key, for tests and simulation. Linearizable: each call takes
 * effect at once, within the call; a native transaction too, unless `commitEach` stretches it.
 * Faults are for whoever decorates it.
 */
export class MemoryItemStore implements ItemStore {
  readonly #items = new Map<string, KeptItem>();
  readonly #onRequest: RequestObserver | undefined;
  readonly #pageItems: number;
  readonly #dateMs: () => number | undefined;
  readonly #rows: MemoryStore | undefined;
  readonly #rowItems: RowItems | undefined;
  readonly #transactions: MemoryTransactions;

  constructor(options: MemoryItemStoreOptions = {}) {
    this.#rows = options.rows;
    this.#rowItems = options.rows && new RowItems(options.rows);
    this.#onRequest = options.onRequest;
    this.#transactions = new MemoryTransactions({
      commitEach: options.commitEach,
      isLacking: options.lacksTransactions === true,
      nameOf: placeOf,
      judge: (part) => this.#judge(part),
      commit: (part) => this.#commit(part),
      itemAt: (address) => this.peek(address),
    });
    this.#pageItems = options.pageItems ?? Number.POSITIVE_INFINITY;
    this.#dateMs = options.dateMs ?? (() => undefined);
  }

  get(request: ItemAddress, { signal }: CallOptions = {}): Promise<ItemGetResult> {
    const rows = this.#rowsOf(request);
    if (rows !== undefined) return rows.get(request, { signal });
    if (signal?.aborted === true) return failed(abortedBeforeSending(signal));
    const item = this.#items.get(placeOf(request))?.item;
    this.#note('get', Math.max(1, Math.ceil(attributesBytes(item) / 4_096)));
    const found =
      item === undefined ? ({ kind: 'missing' } as const) : ({ kind: 'found', item } as const);
    return Promise.resolve({ ...found, ...this.#dated() });
  }

  query(request: ItemQuery, { signal }: CallOptions = {}): Promise<ItemQueryResult> {
    const rows = this.#rowsOf(request);
    if (rows !== undefined) return rows.query(request, { signal });
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
    const busy = this.#transactions.conflictAt(request);
    const rows = busy === undefined ? this.#rowsOf(request) : undefined;
    if (rows !== undefined) return rows.write(request, { signal });
    if (signal?.aborted === true) return failed(abortedBeforeSending(signal));
    const before = this.#items.get(placeOf(request))?.item;
    const result: ItemWriteResult = busy ?? this.#change(request, before);
    const after = result.kind === 'applied' ? result.item : undefined;
    const bytes = Math.max(attributesBytes(before), attributesBytes(after));
    this.#note(request.kind, Math.max(1, Math.ceil(bytes / 1_024)));
    return Promise.resolve({ ...result, ...this.#dated() });
  }

  transactWrite(
    request: ItemTransaction,
    { signal }: CallOptions = {},
  ): Promise<ItemTransactionResult> {
    if (signal?.aborted === true) return failed(abortedBeforeSending(signal));
    const bytes = request.parts.map((part) => this.#bytesOf(part));
    const work = this.#transactions.write(request);
    this.#note(
      'transact-write',
      sum(bytes, (each) => 2 * Math.max(1, Math.ceil(each / 1_024))),
    );
    return work.then((result) => ({ ...result, ...this.#dated() }));
  }

  transactGet(
    requests: readonly ItemAddress[],
    { signal }: CallOptions = {},
  ): Promise<ItemsGetResult> {
    if (signal?.aborted === true) return failed(abortedBeforeSending(signal));
    const items = requests.map((request) => this.peek(request));
    const units = sum(items, (item) => 2 * Math.max(1, Math.ceil(attributesBytes(item) / 4_096)));
    this.#note('transact-get', units);
    const conflict = this.#transactions.conflictAmong(requests);
    return Promise.resolve(conflict ?? { kind: 'read', items });
  }

  /** One item, without a request. */
  peek(address: ItemAddress): Attributes | undefined {
    if (this.#rows === undefined || this.#rowsOf(address) === undefined) {
      return this.#items.get(placeOf(address))?.item;
    }
    const row = this.#rows.peek(keyOfRow(address.key));
    return row && attributesOfRow(row);
  }

  /** As ten minutes after the last native transaction: none of them is remembered any more. */
  forgetTokens(): void {
    this.#transactions.forgetTokens();
  }

  /** Every item of every table, in the order in which they came into being. */
  snapshot(): readonly KeptItem[] {
    const { table = '' } = this.#rows ?? {};
    const rows = (this.#rows?.snapshot() ?? []).map((row) => {
      const { pk, sk } = row;
      return { table, key: attributesOfRow({ pk, sk }), item: attributesOfRow(row) };
    });
    return [...this.#items.values(), ...rows];
  }

  #rowsOf({ table }: Pick<ItemAddress, 'table'>): RowItems | undefined {
    return table === this.#rows?.table ? this.#rowItems : undefined;
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

  /** Whether a part of a native transaction could be carried out, and with what in its way. */
  #judge(part: ItemTransactionPart): StoreFailure | 'refused' | undefined {
    if (isRowPart(part)) return judgeRow(this.#rows, part);
    const item = this.peek(part);
    const { condition = [] } = part;
    if (!condition.every((clause) => holds(clause, item))) return 'refused';
    if (attributesBytes(this.#after(part)) <= ITEM_BYTES_MAX) return undefined;
    return invalidRequest('Item size has exceeded the maximum');
  }

  #commit(part: ItemTransactionPart): void {
    if (part.kind === 'row-check' || part.kind === 'check') return;
    if (part.kind === 'row-update') {
      const { key, actions } = part;
      void this.#rows?.write({ kind: 'update', key, actions });
      return;
    }
    const request = { ...part, condition: [] };
    const rows = this.#rowsOf(part);
    if (rows === undefined) this.#change(request, this.peek(part));
    else void rows.write(request);
  }

  #after(part: ItemTransactionPart): Attributes | undefined {
    if (isRowPart(part)) return rowAfter(this.#rows, part);
    if (part.kind === 'put') return part.item;
    return part.kind === 'update' ? updated(this.peek(part) ?? part.key, part) : undefined;
  }

  #bytesOf(part: ItemTransactionPart): number {
    const address = addressOf(part);
    const before = address && this.peek(address);
    return Math.max(attributesBytes(before), attributesBytes(this.#after(part)));
  }

  #note(operation: ObservedRequest['operation'], capacityUnits: number): void {
    this.#onRequest?.({ operation, capacityUnits });
  }
}

function updated(before: Attributes, request: ItemWrite & { kind: 'update' }): Attributes {
  const after: Record<string, Attribute> = { ...before, ...request.set };
  for (const name of request.remove ?? []) delete after[name];
  return after;
}

function placeOf({ table, key }: ItemAddress): string {
  return `${table.length}:${table}${textOfAttributes(key)}`;
}

function failed(failure: StoreFailure): Promise<{ kind: 'failed'; failure: StoreFailure }> {
  return Promise.resolve({ kind: 'failed', failure });
}

function sum<Member>(members: readonly Member[], of: (member: Member) => number): number {
  return members.reduce((total, member) => total + of(member), 0);
}
