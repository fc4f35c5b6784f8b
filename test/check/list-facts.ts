import { groupBy } from './group-by.ts';
import {
  appendsOf,
  describeTransaction,
  foreignValues,
  keysOf,
  type ListRead,
  type ListTransaction,
} from './list-append.ts';
import { failed, passed, type Verdict } from './verdict.ts';

/** What the reads of a history say, before any question of order between transactions. */
export interface ListFacts {
  /** Transactions that committed: they were told so, or somebody saw what they appended. */
  readonly committed: readonly ListTransaction[];
  /** The reads of those that were told so. */
  readonly reads: readonly PlacedRead[];
  /** By key, the values in the order of their appends, as far as anybody read. */
  readonly orders: ReadonlyMap<string, readonly number[]>;
  writerOf(key: string, value: number): ListTransaction | undefined;
}

export interface PlacedRead {
  readonly reader: ListTransaction;
  readonly read: ListRead;
}

export type ReadAnomaly =
  /** A transaction does not see its own appends, sees them too early, or reads two states. */
  | 'internal'
  | 'value-repeated'
  | 'value-from-nowhere'
  /** A read of what was aborted. */
  | 'G1a'
  /** A read of a state in the middle of another transaction. */
  | 'G1b'
  /** Two reads of a key disagree about the order of its values. */
  | 'incompatible-order'
  /** The appends of one transaction to a list show in another order, or lack an earlier one. */
  | 'appends-out-of-order';

type ReadVerdict = Verdict<ReadAnomaly>;

/** Collects the facts. Throws when the workload appends a value twice: nothing could be learned. */
export function collectFacts(history: readonly ListTransaction[]): ListFacts {
  const writers = findWriters(history);
  const acknowledged = history.filter(({ outcome }) => outcome === 'committed');
  const reads = acknowledged.flatMap((reader) =>
    reader.operations.flatMap((read) => (read.kind === 'read' ? [{ reader, read }] : [])),
  );
  const orders = new Map<string, readonly number[]>();
  for (const { read } of reads) {
    const longest = orders.get(read.key)?.length ?? 0;
    if (read.values.length > longest) orders.set(read.key, read.values);
  }
  const observed = new Set(
    [...orders].flatMap(([key, values]) => values.map((value) => writers.get(key)?.get(value))),
  );
  const committed = history.filter(
    (transaction) =>
      transaction.outcome === 'committed' ||
      (transaction.outcome === 'unknown' && observed.has(transaction)),
  );
  return { committed, reads, orders, writerOf: (key, value) => writers.get(key)?.get(value) };
}

type Writers = ReadonlyMap<string, ReadonlyMap<number, ListTransaction>>;

function findWriters(history: readonly ListTransaction[]): Writers {
  const writers = new Map<string, Map<number, ListTransaction>>();
  for (const transaction of history) {
    for (const operation of transaction.operations) {
      if (operation.kind !== 'append') continue;
      const { key, value } = operation;
      const ofKey = writers.get(key) ?? new Map<number, ListTransaction>();
      if (ofKey.has(value)) throw new RangeError(`${value} is appended to ${key} twice`);
      writers.set(key, ofKey.set(value, transaction));
    }
  }
  return writers;
}

/** The anomalies that show in reads alone. Facts judged: reads. */
export function checkReads(facts: ListFacts): ReadVerdict {
  for (const transaction of new Set(facts.reads.map(({ reader }) => reader))) {
    if (!isConsistentInside(transaction)) {
      return failed('internal', describeTransaction(transaction));
    }
  }
  for (const find of [findBadValue, findBadState]) {
    for (const placed of facts.reads) {
      const anomaly = find(facts, placed);
      if (anomaly !== undefined) return anomaly;
    }
  }
  for (const [key, order] of facts.orders) {
    for (const [writer, shown] of groupBy(order, (value) => facts.writerOf(key, value))) {
      if (writer === undefined || isPrefix(shown, appendsOf(writer, key))) continue;
      const told = `${key} is [${order.join(' ')}], after ${describeTransaction(writer)}`;
      return failed('appends-out-of-order', told);
    }
  }
  return passed(facts.reads.length);
}

/** Whether a transaction reads what it read before, and then what it appended itself. */
function isConsistentInside(transaction: ListTransaction): boolean {
  for (const key of keysOf(transaction)) {
    const all = new Set(appendsOf(transaction, key));
    const own: number[] = [];
    let before: readonly number[] | undefined;
    for (const operation of transaction.operations) {
      if (operation.key !== key) continue;
      if (operation.kind === 'append') {
        own.push(operation.value);
        continue;
      }
      const foreign = operation.values.slice(0, Math.max(0, operation.values.length - own.length));
      if (foreign.some((value) => all.has(value))) return false;
      if (!isSame(operation.values, [...(before ?? foreign), ...own])) return false;
      before = foreign;
    }
  }
  return true;
}

function findBadValue(facts: ListFacts, { reader, read }: PlacedRead) {
  const { key, values } = read;
  const order = facts.orders.get(key) ?? [];
  // What begins a list that is looked at needs no second look: lists grow as long as the run.
  if (values !== order && isPrefix(values, order)) return undefined;
  const told = describeTransaction(reader);
  if (new Set(values).size < values.length) return failed('value-repeated', told);
  for (const value of values) {
    const writer = facts.writerOf(key, value);
    if (writer === undefined) return failed('value-from-nowhere', `nobody wrote ${value}: ${told}`);
    if (writer.outcome !== 'aborted') continue;
    return failed('G1a', `${told}, which is of ${describeTransaction(writer)}`);
  }
  return undefined;
}

function findBadState(facts: ListFacts, { reader, read }: PlacedRead) {
  const { key, values } = read;
  const last = foreignValues(reader, read).at(-1);
  const writer = last === undefined ? undefined : facts.writerOf(key, last);
  if (writer !== undefined && appendsOf(writer, key).at(-1) !== last) {
    const told = `${describeTransaction(reader)}, in the middle of ${describeTransaction(writer)}`;
    return failed('G1b', told);
  }
  const order = facts.orders.get(key) ?? [];
  if (isPrefix(values, order)) return undefined;
  const told = `${describeTransaction(reader)}, and elsewhere ${key} is [${order.join(' ')}]`;
  return failed('incompatible-order', told);
}

function isPrefix(values: readonly number[], whole: readonly number[]): boolean {
  return values.every((value, index) => value === whole[index]);
}

function isSame(values: readonly number[], others: readonly number[]): boolean {
  return values.length === others.length && isPrefix(values, others);
}
