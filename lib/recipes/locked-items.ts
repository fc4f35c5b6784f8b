import { InvalidArgumentError } from '../errors.ts';
import type { Holdfast } from '../holdfast.ts';
import { runWith } from '../lease/hold.ts';
import { termsOf } from '../lease/terms.ts';
import { ItemLocks } from '../lock/item-locks.ts';
import type { LockedPlace } from '../lock/item-writes.ts';
import { checkKnown } from '../option-checks.ts';
import {
  checkLeaseOptions,
  checkWaitingOptions,
  type LeaseOptions,
  type WaitingOptions,
} from '../options.ts';
import { type Runtime, runtimeOf } from '../runtime.ts';
import { textOfAttributes } from '../store/attribute.ts';
import { DynamoItemStore } from '../store/dynamo-item-store.ts';
import type { ItemStore } from '../store/item-store.ts';
import { ITEM_LOCK_PREFIX } from '../store/locked-item-schema.ts';
import type { PlainItem } from '../transaction/plain.ts';
import { type KeyNames, Tables } from '../transaction/tables.ts';
import { ItemHold, type LockedItemChanges } from './item-hold.ts';

/** Which tables have items that are locked. */
export interface LockedItemsOptions {
  /**
   * The name of each table with the names of its partition key and, if it has one, its sort key.
   * Not the library's own table.
   */
  readonly tables: Readonly<Record<string, KeyNames>>;
  /** Another store in place of DynamoDB, as in tests. */
  readonly items?: ItemStore | undefined;
}

/** What a try came to: the hold, or who holds the item. */
export type TryItemResult =
  | { readonly acquired: true; readonly hold: ItemHold }
  | { readonly acquired: false; readonly holder: ItemHolder };

/** Who holds an item. Times are epoch milliseconds on the table's clock. */
export interface ItemHolder {
  /** The label of the holder's process; `a transaction` while one is at work on the item. */
  readonly label: string;
  readonly token: number;
  /** Since when, and until when without a renewal; `undefined` where it did not know the time. */
  readonly since: number | undefined;
  readonly expiresAt: number | undefined;
}

/**
 * Items of your own tables that lock themselves: the lock's attributes stand in the item, so that
 * reading, changing and writing it under the lock costs two requests, fence included.
 *
 * ```ts
 * const accounts = lockedItems(holdfast, { tables: { accounts: ['id'] } });
 * await accounts.item('accounts', { id: 'a' }).using(async (hold) => {
 *   const balance = Number(hold.item?.balance ?? 0);
 *   await hold.write({ set: { balance: balance + (await interestOf(balance)) } });
 * });
 * ```
 */
export class LockedItems {
  readonly #runtime: Runtime;
  readonly #tables: Tables;
  readonly #locks: ItemLocks;

  constructor(runtime: Runtime, tables: Tables, locks: ItemLocks) {
    this.#runtime = runtime;
    this.#tables = tables;
    this.#locks = locks;
  }

  /** The item under a key. Sends nothing. @throws InvalidArgumentError */
  item(table: string, key: PlainItem): LockedItem {
    this.#tables.checkWhole(table);
    const [partitionKey] = this.#tables.keyNames(table);
    const place = { ...this.#tables.place(table, key), partitionKey };
    return new LockedItem(this.#runtime, this.#tables, this.#locks, place);
  }
}

/**
 * One item that locks itself.
 *
 * Guarantees: those of a lock, but for the order of waiters: there is no line, and whoever looks
 * first after a release gets it. And that what {@link ItemHold.write} writes has been changed by
 * nobody who uses locked items or transactions since it was read.
 */
export class LockedItem {
  readonly #runtime: Runtime;
  readonly #tables: Tables;
  readonly #locks: ItemLocks;
  readonly #place: LockedPlace;

  constructor(runtime: Runtime, tables: Tables, locks: ItemLocks, place: LockedPlace) {
    this.#runtime = runtime;
    this.#tables = tables;
    this.#locks = locks;
    this.#place = place;
  }

  /**
   * Takes and reads the item if nobody alive holds it: one request, one write unit for each started
   * KB of it, taken or not. More where there is no item yet, or a dead holder under a session.
   *
   * @throws InvalidArgumentError, and as `Lock.tryAcquire`
   */
  async tryAcquire(options: LeaseOptions = {}): Promise<TryItemResult> {
    checkLeaseOptions(options, this.#runtime.requestTimeoutMs);
    this.#runtime.closing.throwIfAborted();
    const terms = await termsOf(this.#runtime, options, undefined);
    const result = await this.#locks.tryOnce(this.#place, this.#title, terms);
    if (result.kind === 'granted') return { acquired: true, hold: this.#holdOf(result.lease) };
    const { owner, token } = result.row.ownership;
    const label = owner?.label ?? 'a transaction';
    const { ownedSince: since, expiresAt } = owner ?? {};
    return { acquired: false, holder: { label, token, since, expiresAt } };
  }

  /**
   * Waits until the item is ours. When it is free: as {@link tryAcquire}. When not: one consistent
   * read for each look, at a pace that slows down while nothing happens, up to 0.75 seconds.
   *
   * @throws AcquireTimeoutError, the signal's reason, and as {@link tryAcquire}
   */
  async acquire(options: WaitingOptions = {}): Promise<ItemHold> {
    checkWaitingOptions(options, this.#runtime.requestTimeoutMs);
    const { timeoutMs, signal } = options;
    const terms = await termsOf(this.#runtime, options, undefined);
    const waiting = { timeoutMs, signal };
    return this.#holdOf(await this.#locks.acquire(this.#place, this.#title, terms, waiting));
  }

  /**
   * Acquires, runs `body` and releases what it has not written. Returns what the body returns.
   *
   * @throws what the body throws; {@link LeaseLostError} when the body succeeded although the
   *   hold was lost meanwhile; and as {@link acquire}
   */
  async using<Result>(
    body: (hold: ItemHold) => Promise<Result> | Result,
    options: WaitingOptions = {},
  ): Promise<Result> {
    return runWith(await this.acquire(options), body);
  }

  #holdOf(lease: ConstructorParameters<typeof ItemHold>[0]): ItemHold {
    const check = ({ set = {}, remove = [] }: LockedItemChanges) => {
      const reserved = [...Object.keys(set), ...remove].find((each) =>
        each.startsWith(ITEM_LOCK_PREFIX),
      );
      if (reserved === undefined) {
        return { set: this.#tables.changes(this.#place.table, set, remove), remove };
      }
      const expected = `names that do not begin with ${ITEM_LOCK_PREFIX}`;
      throw new InvalidArgumentError('changes', expected, reserved);
    };
    return new ItemHold(lease, this.#locks, check);
  }

  get #title(): string {
    const { table, key } = this.#place;
    return `item ${textOfAttributes(key)} of '${table}'`;
  }
}

/**
 * Items of these tables, each with a lock in itself. Sends nothing. All who change such an item
 * must do so by its lock, or by transactions; others can read it as ever.
 *
 * @throws InvalidArgumentError
 */
export function lockedItems(holdfast: Holdfast, options: LockedItemsOptions): LockedItems {
  checkKnown(options, ['tables', 'items']);
  const runtime = runtimeOf(holdfast);
  const tables = new Tables(options.tables, {
    table: runtime.store.table,
    namespace: runtime.namespace,
  });
  const { items } = options;
  if (items !== undefined) {
    return new LockedItems(runtime, tables, new ItemLocks(runtime, items, () => undefined));
  }
  if (runtime.clientConfig === undefined) {
    throw new InvalidArgumentError('items', 'an item store beside the store that was given', items);
  }
  const dynamo = new DynamoItemStore({ client: runtime.clientConfig });
  const locks = new ItemLocks(runtime, dynamo, () => dynamo.close());
  return new LockedItems(runtime, tables, locks);
}
