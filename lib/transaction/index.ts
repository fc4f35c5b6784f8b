/**
 * Transactions over the items of your own tables. Kept out of the core so that nobody pays for them
 * at a cold start who does not use them. What they guarantee and cost: `docs/transactions.md`.
 */

import { InvalidArgumentError } from '../errors.ts';
import type { Holdfast } from '../holdfast.ts';
import { offerLockSettler } from '../lock-settler.ts';
import { runtimeOf } from '../runtime.ts';
import { DynamoItemStore } from '../store/dynamo-item-store.ts';
import { Gateway } from './gateway.ts';
import { checkTransactionsOptions, type TransactionsOptions } from './options.ts';
import { settleRowLock } from './row-locks.ts';
import { Tables } from './tables.ts';
import { Transactions } from './transactions.ts';

export {
  CheckFailedError,
  FenceLostError,
  ForeignWriteError,
  ItemTooLargeError,
  OutcomeUnknownError,
  TransactionConflictError,
} from './errors.ts';
export { type TransactionMode, TransactionModeError } from './mode.ts';
export type {
  Fence,
  StrictFence,
  TransactionRetry,
  TransactionsOptions,
  TransactOptions,
} from './options.ts';
export { ExactNumber, type PlainItem, type PlainValue } from './plain.ts';
export type { Range } from './range.ts';
export type { Committed } from './run.ts';
export type { SweepReport } from './sweep.ts';
export type { KeyNames } from './tables.ts';
export type { Changes, Transaction } from './transaction.ts';
export type {
  OutsideGuard,
  TransactionOutcome,
  Transactions,
} from './transactions.ts';

/**
 * Transactions over these tables. Sends nothing. Records of transactions lie in the library's own
 * table, under the instance's namespace: all programs that share items must share both.
 *
 * ```ts
 * const tables = { orders: ['customer', 'order'], stock: ['sku'] } as const;
 * const shop = transactions(holdfast, { tables });
 * const { value } = await shop.transact(async (tx) => {
 *   const item = await tx.get('stock', { sku });
 *   if (Number(item?.left) < 1) throw new SoldOut(sku);
 *   tx.update('stock', { sku }, { set: { left: Number(item?.left) - 1 } });
 *   await tx.insert('orders', { customer, order, sku });
 *   return order;
 * });
 * ```
 *
 * @throws InvalidArgumentError
 */
export function transactions(holdfast: Holdfast, options: TransactionsOptions): Transactions {
  const runtime = runtimeOf(holdfast);
  const settings = checkTransactionsOptions(options);
  const home = { table: runtime.store.table, namespace: runtime.namespace };
  const tables = new Tables(options.tables, home);
  offerLockSettler(settleRowLock);
  const { items } = options;
  if (items !== undefined) return open(items);
  if (runtime.clientConfig === undefined) {
    throw new InvalidArgumentError('items', 'an item store beside the store that was given', items);
  }
  const dynamo = new DynamoItemStore({ client: runtime.clientConfig });
  return open(dynamo, () => dynamo.close());

  function open(store: NonNullable<typeof items>, disconnect = () => {}): Transactions {
    const made = new Transactions(runtime, new Gateway(runtime, store), tables, settings);
    runtime.closers.add(async () => {
      await made.settled();
      disconnect();
      return { released: 0, unreleased: [] };
    });
    return made;
  }
}
