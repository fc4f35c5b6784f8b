import type { TransactionMode } from '../../../lib/transaction/index.ts';
import { ListHistory } from './list-history.ts';
import type { TransactionWorkload } from './storm.ts';
import type { TransactionClient } from './world.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e'] as const;

/** Transactions over lists, of which each touches some, in any order. */
export class ListsWorkload implements TransactionWorkload {
  readonly tables = { lists: ['id'] } as const;
  readonly #lists: ListHistory;
  readonly #mode: TransactionMode;
  #appended = 0;

  constructor(now: () => number, mode: TransactionMode) {
    this.#lists = new ListHistory(now);
    this.#mode = mode;
  }

  /** Half of the lists exist before. */
  async setUp({ transactions }: TransactionClient): Promise<void> {
    await transactions.transact((tx) => {
      for (const id of KEYS.slice(0, 2)) tx.put('lists', { id, list: [] });
    });
  }

  async step(client: TransactionClient): Promise<boolean> {
    const { random } = client;
    const keys = KEYS.filter(() => random.chance(0.4));
    if (keys.length === 0) keys.push(random.pick(KEYS));
    const isReadOnly = random.chance(0.2);
    const appends = new Map(
      keys
        .filter(() => !isReadOnly && random.chance(0.7))
        .map((key) => {
          this.#appended += 1;
          return [key, this.#appended] as const;
        }),
    );
    const order = random.chance(0.5) ? keys : keys.toReversed();
    const isThrifty = this.#mode === 'mixed' && random.chance(0.3);
    const options = { prefer: isThrifty ? 'cost' : 'latency' } as const;
    await this.#lists.run(client.name, client.transactions, order, appends, options);
    return true;
  }

  async judge({ name, transactions }: TransactionClient): Promise<readonly string[]> {
    await this.#lists.run(name, transactions, KEYS, new Map());
    return this.#lists.problems();
  }
}
