import type { Interval } from './history.ts';

/**
 * Transactions over lists, by key: they append values, each unique for its key, and read whole
 * lists. Whoever reads a list learns in which order its values were appended, and that is what
 * makes anomalies visible from outside (Kingsbury and Alvaro, "Elle", 2020).
 */
export interface ListTransaction extends Interval {
  readonly id: string;
  /** An unknown one returned at `Infinity`. Reads count only where it is `committed`. */
  readonly outcome: 'committed' | 'aborted' | 'unknown';
  /** In the order of the transaction's own steps. */
  readonly operations: readonly ListOperation[];
}

export type ListOperation = ListAppend | ListRead;

export interface ListAppend {
  readonly kind: 'append';
  readonly key: string;
  readonly value: number;
}

export interface ListRead {
  readonly kind: 'read';
  readonly key: string;
  readonly values: readonly number[];
}

export function append(key: string, value: number): ListAppend {
  return { kind: 'append', key, value };
}

export function read(key: string, ...values: readonly number[]): ListRead {
  return { kind: 'read', key, values };
}

export function appendsOf(transaction: ListTransaction, key: string): readonly number[] {
  return transaction.operations.flatMap((operation) =>
    operation.kind === 'append' && operation.key === key ? [operation.value] : [],
  );
}

export function keysOf({ operations }: ListTransaction): ReadonlySet<string> {
  return new Set(operations.map(({ key }) => key));
}

/** What a read saw of other transactions: its list without what its own transaction appends. */
export function foreignValues(transaction: ListTransaction, read: ListRead): readonly number[] {
  const own = new Set(appendsOf(transaction, read.key));
  return read.values.filter((value) => !own.has(value));
}

/** The transaction in a line, for explanations. */
export function describeTransaction({ id, operations, outcome }: ListTransaction): string {
  const steps = operations.map((operation) =>
    operation.kind === 'append'
      ? `append ${operation.value} to ${operation.key}`
      : `read ${operation.key} [${operation.values.join(' ')}]`,
  );
  return `${id} (${outcome}): ${steps.join(', ')}`;
}
