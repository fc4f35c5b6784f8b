import { InvalidArgumentError } from '../errors.ts';
import type { Item, Key, ValueMap } from './value.ts';

/** What a primitive does with rows of the library's in a transaction of the user's. */
export interface RowTransaction {
  readonly table: string;
  readonly namespace: string;
  /**
   * Changes attributes of a row that exists, when the transaction commits. `decide` is shown the
   * row as the transaction sees it, with what it has changed before, and nothing of the same
   * transaction comes between that and the change.
   */
  amend(key: Key, decide: (row: Item | undefined) => ValueMap): Promise<void>;
}

/** A transaction, as far as those need to know who take part in it: the `tx` of `transact`. */
export interface TransactionHandle {
  /** Of this attempt. */
  readonly id: string;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
}

const ROWS = new WeakMap<object, RowTransaction>();

/** Lets primitives take part in a transaction, without knowing what transactions are made of. */
export function shareRows(transaction: TransactionHandle, rows: RowTransaction): void {
  ROWS.set(transaction, rows);
}

/** @throws InvalidArgumentError for anything that is not a transaction of this very package. */
export function rowsOf(transaction: TransactionHandle): RowTransaction {
  const rows = ROWS.get(transaction);
  if (rows !== undefined) return rows;
  const expected = 'the tx of a transact() of this copy of the package';
  throw new InvalidArgumentError('tx', expected, transaction);
}
