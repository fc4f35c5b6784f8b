import type { Attribute, Attributes } from './attribute.ts';
import type { ItemsGetResult, ItemTransaction, ItemTransactionResult } from './item-transaction.ts';
import type { Answer, CallOptions, StoreFailure } from './store.ts';

/**
 * The seam to items of any table and any key, in DynamoDB's own notation: what transactions stand
 * on. `DynamoItemStore` is the real one, `MemoryItemStore` the one for tests and simulation; one
 * suite holds both, and every emulator, to this file.
 *
 * The rules of `Store` hold here too: a call is one attempt, it never rejects, and a write is
 * applied, refused, failed or unknown.
 */
export interface ItemStore {
  /** Reads one item, consistently: 1 unit for each started 4 KB. */
  get(request: ItemAddress, options?: CallOptions): Promise<ItemGetResult>;

  /** Reads items of one partition of a table, consistently, a page at a time. */
  query(request: ItemQuery, options?: CallOptions): Promise<ItemQueryResult>;

  /** Writes one item, in one attempt: 1 unit for each started KB of the larger image. */
  write(request: ItemWrite, options?: CallOptions): Promise<ItemWriteResult>;

  /**
   * Writes several items as one, in one attempt: 2 units for each started KB of each, whether it is
   * written or only checked. Engines without native transactions answer `unsupported`.
   */
  transactWrite(request: ItemTransaction, options?: CallOptions): Promise<ItemTransactionResult>;

  /**
   * Reads up to 100 items as they are at one moment: 2 units for each started 4 KB of each. Fails
   * with `conflict` while a native transaction is at work on any of them, which {@link get} does
   * not: it shows the one half of what is under way.
   */
  transactGet(requests: readonly ItemAddress[], options?: CallOptions): Promise<ItemsGetResult>;
}

/** Where an item is. */
export interface ItemAddress {
  readonly table: string;
  /** All key attributes of the table, and no others. */
  readonly key: Attributes;
}

/** A read of one page of a partition. */
export interface ItemQuery {
  readonly table: string;
  /** Name and value of the partition key. */
  readonly partition: readonly [name: string, value: Attribute];
  /** Which sort keys, both bounds included. @default all */
  readonly sort?: SortRange | undefined;
  /** The `next` of the page before, of the same query. */
  readonly after?: Attributes | undefined;
}

/** A range of sort keys; `name` is the sort key's. */
export type SortRange =
  | { readonly name: string; readonly prefix: Attribute }
  | { readonly name: string; readonly from: Attribute; readonly to: Attribute };

/** One clause of a condition. All of a request's must hold. */
export type ItemClause =
  | { readonly kind: 'exists'; readonly path: readonly string[] }
  | { readonly kind: 'absent'; readonly path: readonly string[] }
  | {
      readonly kind: 'equals';
      readonly path: readonly string[];
      /** Text or number: not every engine compares documents. */
      readonly value: { readonly S: string } | { readonly N: string };
    }
  /** A number below another one. False where there is none. */
  | { readonly kind: 'below'; readonly path: readonly string[]; readonly value: number }
  /** At least one of these. */
  | { readonly kind: 'any'; readonly of: readonly ItemClause[] };

/** A write of one item, under a condition. */
export type ItemWrite = ItemAddress & { readonly condition?: readonly ItemClause[] | undefined } & (
    | { readonly kind: 'put' /** The whole item, its key included. */; readonly item: Attributes }
    | {
        readonly kind: 'update';
        /** Attributes that get a value; no key attributes. */
        readonly set?: Attributes | undefined;
        /** Names of attributes that go. */
        readonly remove?: readonly string[] | undefined;
      }
    | { readonly kind: 'delete' }
  );

/** What a read came to. */
export type ItemGetResult = Answer &
  (
    | { readonly kind: 'found'; readonly item: Attributes }
    | { readonly kind: 'missing' }
    | { readonly kind: 'failed'; readonly failure: StoreFailure }
  );

/** What a query came to. */
export type ItemQueryResult =
  | {
      readonly kind: 'page';
      readonly items: readonly Attributes[];
      readonly next?: Attributes | undefined;
    }
  | { readonly kind: 'failed'; readonly failure: StoreFailure };

/** What one attempt at a write came to. */
export type ItemWriteResult = Answer &
  (
    | {
        readonly kind: 'applied';
        /** The item after the write; `undefined` after a delete. */
        readonly item: Attributes | undefined;
      }
    | {
        readonly kind: 'refused';
        /** The item that refused the write, or as a consistent read showed it just afterwards. */
        readonly item: Attributes | undefined;
      }
    | { readonly kind: 'failed'; readonly failure: StoreFailure }
    | { readonly kind: 'unknown'; readonly failure: StoreFailure }
  );

export function exists(...path: readonly string[]): ItemClause {
  return { kind: 'exists', path };
}

export function absent(...path: readonly string[]): ItemClause {
  return { kind: 'absent', path };
}

export function equals(
  path: readonly string[],
  value: { readonly S: string } | { readonly N: string },
): ItemClause {
  return { kind: 'equals', path, value };
}

export function below(path: readonly string[], value: number): ItemClause {
  return { kind: 'below', path, value };
}

export function any(...of: readonly ItemClause[]): ItemClause {
  return { kind: 'any', of };
}
