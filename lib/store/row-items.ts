import type { Attribute, Attributes } from './attribute.ts';
import { absent, and, type Condition, compare, equals, exists, or } from './condition.ts';
import type {
  ItemAddress,
  ItemClause,
  ItemGetResult,
  ItemQuery,
  ItemQueryResult,
  ItemStore,
  ItemWrite,
  ItemWriteResult,
} from './item-store.ts';
import type { ItemsGetResult, ItemTransactionResult } from './item-transaction.ts';
import { attributesOfRow, rowOfAttributes } from './row-attributes.ts';
import { PARTITION_KEY, SORT_KEY } from './schema.ts';
import type { CallOptions, QueryRequest, Store, WriteRequest } from './store.ts';
import { invalidRequest } from './store-failure.ts';
import { remove, set } from './update.ts';
import type { Key, Path } from './value.ts';

/**
 * The rows of a `Store` as items: what meets a transaction's lock on one of the library's rows sees
 * to it through the store at hand, whatever that is, and needs no other way to the table.
 */
export class RowItems implements ItemStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async get({ key }: ItemAddress, options?: CallOptions): Promise<ItemGetResult> {
    const result = await this.#store.get({ key: keyOfRow(key), consistent: true }, options);
    if (result.kind !== 'found') return result;
    return { ...result, item: attributesOfRow(result.item) };
  }

  async query(request: ItemQuery, options?: CallOptions): Promise<ItemQueryResult> {
    const result = await this.#store.query(queryOf(request), options);
    if (result.kind === 'failed') return result;
    const next = result.next === undefined ? undefined : { [AFTER]: { S: result.next } };
    return { kind: 'page', items: result.items.map(attributesOfRow), next };
  }

  async write(request: ItemWrite, options?: CallOptions): Promise<ItemWriteResult> {
    let row: WriteRequest;
    try {
      row = writeOf(request);
    } catch (cause) {
      return { kind: 'failed', failure: invalidRequest(String(cause), cause) };
    }
    const result = await this.#store.write(row, options);
    if (result.kind === 'failed' || result.kind === 'unknown') return result;
    return { ...result, item: result.item && attributesOfRow(result.item) };
  }

  transactWrite(): Promise<ItemTransactionResult> {
    return Promise.resolve(LACKING);
  }

  transactGet(): Promise<ItemsGetResult> {
    return Promise.resolve(LACKING);
  }
}

/** Nobody who sees to a lock needs them. */
const LACKING = {
  kind: 'failed',
  failure: { reason: 'unsupported', retryable: false, message: 'one row at a time' },
} as const;

/** Where the store's own place in a partition is kept, which nobody but it reads. */
const AFTER = 'after';

function queryOf({ partition, sort, after }: ItemQuery): QueryRequest {
  const range =
    sort === undefined
      ? undefined
      : 'prefix' in sort
        ? { prefix: textOf(sort.prefix) }
        : { from: textOf(sort.from), to: textOf(sort.to) };
  return {
    pk: textOf(partition[1]),
    consistent: true,
    ...(range && { range }),
    ...(after && { after: textOf(after[AFTER]) }),
  };
}

function writeOf(request: ItemWrite): WriteRequest {
  const key = keyOfRow(request.key);
  const condition = and(...(request.condition ?? []).map(conditionOf));
  switch (request.kind) {
    case 'delete':
      return { kind: 'delete', key, condition };
    case 'put':
      return { kind: 'put', item: { ...rowOfAttributes(request.item), ...key }, condition };
    case 'update': {
      const values = rowOfAttributes(request.set ?? {});
      const sets = Object.entries(values).map(([name, value]) => set(name, value));
      const removals = (request.remove ?? []).map((name) => remove(name));
      return { kind: 'update', key, actions: [...sets, ...removals], condition };
    }
  }
}

function conditionOf(clause: ItemClause): Condition {
  if (clause.kind === 'any') return or(...clause.of.map(conditionOf));
  const path = clause.path as unknown as Path;
  switch (clause.kind) {
    case 'exists':
      return exists(path);
    case 'absent':
      return absent(path);
    case 'equals':
      return equals(path, 'S' in clause.value ? clause.value.S : Number(clause.value.N));
    case 'below':
      return compare(path, '<', clause.value);
  }
}

export function keyOfRow(key: Attributes): Key {
  return { pk: textOf(key[PARTITION_KEY]), sk: textOf(key[SORT_KEY]) };
}

function textOf(attribute: Attribute | undefined): string {
  return attribute !== undefined && 'S' in attribute ? attribute.S : '';
}
