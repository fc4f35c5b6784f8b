import type { Condition } from './condition.ts';
import type { UpdateAction } from './update.ts';
import type { Item, Key } from './value.ts';

/**
 * The seam under every primitive: one table that can read a row and write a row under a condition.
 * `DynamoStore` is the real one, `MemoryStore` the one for tests and simulation; the
 * conformance suite holds both, and every emulator, to this file.
 *
 * Words: a call is *one attempt*, never retried below this line. A write is *applied*; or *refused*
 * by its condition; or *failed*, certainly without effect; or its outcome is *unknown*, in which
 * case it may have been applied, may be applied later, or may be lost. Code that treats
 * unknown as any of the others is a bug. Calls never reject: every ending is a value.
 */
export interface Store {
  /** The table's name, as users see it in errors and in conditions for their own transactions. */
  readonly table: string;

  /** Reads one row. A consistent read costs 1 unit per 4 KB, any other one half. */
  get(request: GetRequest, options?: CallOptions): Promise<GetResult>;

  /**
   * Reads rows of one partition, a page at a time. A consistent read costs 1 unit per 4 KB of the
   * page, any other one half. Rows of one page need not be of one moment.
   */
  query(request: QueryRequest, options?: CallOptions): Promise<QueryResult>;

  /** Writes one row, in one attempt. Costs 1 unit per KB of the larger image, also when refused. */
  write(request: WriteRequest, options?: CallOptions): Promise<WriteResult>;
}

/** How one call may end early. */
export interface CallOptions {
  /** Gives up waiting for the answer. A write that was given up on has an unknown outcome. */
  readonly signal?: AbortSignal | undefined;
}

/** A read of one row. */
export interface GetRequest {
  readonly key: Key;
  /** An eventually consistent read may show an older row, or none. Never decide by one alone. */
  readonly consistent: boolean;
}

/** A read of one page of a partition. */
export interface QueryRequest {
  readonly pk: string;
  /** Which sort keys, both bounds included. @default all */
  readonly range?: { readonly prefix: string } | { readonly from: string; readonly to: string };
  /** By the sort key's UTF-8 bytes. @default 'ascending' */
  readonly order?: 'ascending' | 'descending' | undefined;
  /** How many rows at most. @default as many as have room in 1 MB */
  readonly limit?: number | undefined;
  /** An eventually consistent read may show older rows, or lack some. Never decide by one alone. */
  readonly consistent: boolean;
  /** The `next` of the page before, of the same query. */
  readonly after?: string | undefined;
}

/** A write of one row, whole or in part, under a condition. */
export type WriteRequest = UpdateRequest | PutRequest | DeleteRequest;

export interface UpdateRequest {
  readonly kind: 'update';
  readonly key: Key;
  readonly actions: readonly UpdateAction[];
  readonly condition?: Condition | undefined;
  /**
   * Whether it may be made while a transaction has the row locked. Only for what neither makes a
   * row nor changes who holds it or what it stands for: signs of life, and places in line.
   */
  readonly passesLocks?: true | undefined;
}

export interface PutRequest {
  readonly kind: 'put';
  readonly item: Item & Key;
  readonly condition?: Condition | undefined;
}

export interface DeleteRequest {
  readonly kind: 'delete';
  readonly key: Key;
  readonly condition?: Condition | undefined;
}

/** What every answer carries, whatever it says. */
export interface Answer {
  /** The `Date` header of the response, as epoch milliseconds; absent when there was none. */
  readonly dateMs?: number | undefined;
}

/** What a read came to. */
export type GetResult = Answer &
  (
    | { readonly kind: 'found'; readonly item: Item }
    | { readonly kind: 'missing' }
    | { readonly kind: 'failed'; readonly failure: StoreFailure }
  );

/** What a query came to. */
export type QueryResult = Answer &
  (
    | {
        readonly kind: 'page';
        readonly items: readonly Item[];
        /** Where the next page begins; absent on the last. A page before the last may be empty. */
        readonly next?: string | undefined;
      }
    | { readonly kind: 'failed'; readonly failure: StoreFailure }
  );

/** What one attempt at a write came to: one of the four endings that matter. */
export type WriteResult = Answer &
  (
    | { readonly kind: 'applied' /** The row after the write. */; readonly item: Item | undefined }
    | {
        readonly kind: 'refused';
        /**
         * The row that refused the write; on engines that do not return it, the row as a
         * consistent read showed it just afterwards. `undefined`: there is no such row.
         */
        readonly item: Item | undefined;
      }
    | { readonly kind: 'failed'; readonly failure: StoreFailure }
    | { readonly kind: 'unknown'; readonly failure: StoreFailure }
  );

/** Why a call has no answer from the table's data. */
export interface StoreFailure {
  readonly reason: StoreFailureReason;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  readonly message: string;
  readonly cause?: unknown;
}

/** Why the table's data did not answer, as far as anybody can do something about it. */
export type StoreFailureReason =
  /** The table or the account is over its capacity. Not contention: nobody else has the lock. */
  | 'throttled'
  /** A transaction, or a write in another region, was at work on the row. */
  | 'conflict'
  | 'access-denied'
  | 'table-missing'
  /**
   * The service found the request itself wrong: a defect of this library, or a row of strange
   * shape.
   */
  | 'invalid-request'
  /** The engine does not have the operation at all. */
  | 'unsupported'
  /** No answer in time. */
  | 'timeout'
  /** The caller gave up. */
  | 'aborted'
  /** Connection refused, reset, a 5xx answer, or anything else that is not the caller's doing. */
  | 'unavailable';
