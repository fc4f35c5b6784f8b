import { Graph } from './graph.ts';
import { groupBy } from './group-by.ts';
import { precedes } from './history.ts';
import { foreignValues, keysOf, type ListTransaction } from './list-append.ts';
import type { ListFacts } from './list-facts.ts';

/** Why one transaction comes before another in every order that explains the history. */
export type Dependency =
  /** It appended the value before. */
  | { readonly kind: 'ww'; readonly key: string; readonly before: number; readonly after: number }
  /** The other read what it appended. */
  | { readonly kind: 'wr'; readonly key: string; readonly value: number }
  /** It read the state that the other's append replaced. */
  | { readonly kind: 'rw'; readonly key: string; readonly after: number }
  /** It had returned when the other, which uses the same item or anything, was called. */
  | { readonly kind: 'real-time'; readonly key: string | undefined };

/**
 * How far real time binds. DynamoDB's own transactions promise it `per-item` only; `all` makes the
 * check one of strict serializability.
 */
export type RealTime = 'none' | 'per-item' | 'all';

/** The dependencies among the committed transactions, numbered as in `facts.committed`. */
export function dependencyGraph(facts: ListFacts, realTime: RealTime): Graph<Dependency> {
  const graph = new Graph<Dependency>(facts.committed.length);
  const numbers = new Map(facts.committed.map((transaction, number) => [transaction, number]));
  const connect = (from: ListTransaction, to: ListTransaction, label: Dependency) => {
    const [first, second] = [numbers.get(from), numbers.get(to)];
    if (first !== undefined && second !== undefined) graph.add(first, second, label);
  };
  const successors = new Successors(facts);
  connectAppends(facts, successors, connect);
  connectReads(facts, successors, connect);
  if (realTime === 'all') connectRealTime(facts.committed, undefined, connect);
  if (realTime === 'per-item') {
    const uses = facts.committed.flatMap((user) => [...keysOf(user)].map((key) => ({ key, user })));
    for (const [key, group] of groupBy(uses, (use) => use.key)) {
      const users = group.map(({ user }) => user);
      connectRealTime(users, key, connect);
    }
  }
  return graph;
}

type Connect = (from: ListTransaction, to: ListTransaction, label: Dependency) => void;

/** Which values may directly follow which state of a list. */
class Successors {
  readonly #orders: ReadonlyMap<string, readonly number[]>;
  readonly #unread = new Map<string, number[]>();

  constructor({ committed, orders }: ListFacts) {
    this.#orders = orders;
    const read = new Map([...orders].map(([key, values]) => [key, new Set(values)]));
    for (const { operations } of committed) {
      for (const operation of operations) {
        if (operation.kind === 'read' || read.get(operation.key)?.has(operation.value)) continue;
        const unread = this.#unread.get(operation.key);
        if (unread === undefined) this.#unread.set(operation.key, [operation.value]);
        else unread.push(operation.value);
      }
    }
  }

  /**
   * The value appended after the first `length` ones. Committed values that nobody ever read come
   * after all that somebody did, in an order unknown: then each of them.
   */
  after(key: string, length: number): readonly number[] {
    const next = this.#orders.get(key)?.[length];
    return next === undefined ? (this.#unread.get(key) ?? []) : [next];
  }
}

function connectAppends(facts: ListFacts, successors: Successors, connect: Connect): void {
  for (const [key, order] of facts.orders) {
    for (const [index, before] of order.entries()) {
      const first = facts.writerOf(key, before);
      for (const after of successors.after(key, index + 1)) {
        const second = facts.writerOf(key, after);
        if (first !== undefined && second !== undefined) {
          connect(first, second, { kind: 'ww', key, before, after });
        }
      }
    }
  }
}

function connectReads(facts: ListFacts, successors: Successors, connect: Connect): void {
  for (const { reader, read } of facts.reads) {
    const { key } = read;
    const seen = foreignValues(reader, read);
    const value = seen.at(-1);
    const writer = value === undefined ? undefined : facts.writerOf(key, value);
    if (value !== undefined && writer !== undefined) {
      connect(writer, reader, { kind: 'wr', key, value });
    }
    for (const after of successors.after(key, seen.length)) {
      const overwriter = facts.writerOf(key, after);
      if (overwriter !== undefined) connect(reader, overwriter, { kind: 'rw', key, after });
    }
  }
}

/**
 * Connects transactions that were over before others began, leaving out what follows from the rest:
 * the frontier holds those over that no other of those over comes after. It is never larger than
 * the number of clients, so this stays near linear.
 */
function connectRealTime(
  transactions: readonly ListTransaction[],
  key: string | undefined,
  connect: Connect,
): void {
  const byCall = transactions.toSorted((a, b) => a.calledAt - b.calledAt);
  const byReturn = transactions.toSorted((a, b) => a.returnedAt - b.returnedAt);
  let frontier: ListTransaction[] = [];
  let returned = 0;
  for (const transaction of byCall) {
    for (let over = byReturn[returned]; over !== undefined; over = byReturn[returned]) {
      if (!precedes(over, transaction)) break;
      const { calledAt } = over;
      frontier = frontier.filter(({ returnedAt }) => returnedAt >= calledAt);
      frontier.push(over);
      returned += 1;
    }
    for (const before of frontier) connect(before, transaction, { kind: 'real-time', key });
  }
}
