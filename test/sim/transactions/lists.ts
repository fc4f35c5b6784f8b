import type * as api from '../../../lib/transaction/index.ts';
import { append, type ListOperation, type ListTransaction, read } from '../../check/list-append.ts';
import { checkSerializable } from '../../check/serializable.ts';
import type { TransactionWorkload } from './storm.ts';
import type { TransactionClient } from './world.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e'] as const;

/**
 * Transactions that read lists and append to them: the order of what was appended shows in what
 * order they must have happened, so that long forks, write skews and lost updates all show.
 */
export class ListsWorkload implements TransactionWorkload {
  readonly tables = { lists: ['id'] } as const;
  readonly #now: () => number;
  readonly #history: ListTransaction[] = [];
  #appended = 0;
  #called = 0;

  readonly #mode: api.TransactionMode;

  constructor(now: () => number, mode: api.TransactionMode) {
    this.#now = now;
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
    await this.#run(client, random.chance(0.5) ? keys : keys.toReversed(), appends);
    return true;
  }

  async judge(client: TransactionClient): Promise<readonly string[]> {
    await this.#run(client, KEYS, new Map());
    const verdict = checkSerializable(this.#history, { realTime: 'all' });
    return verdict.ok ? [] : [`${verdict.anomaly}: ${verdict.explanation}`];
  }

  async #run(
    client: TransactionClient,
    keys: readonly string[],
    appends: ReadonlyMap<string, number>,
  ): Promise<void> {
    this.#called += 1;
    const id = `${client.name}-${this.#called}`;
    const all = [...appends].map(([key, value]) => append(key, value));
    const unknown: ListTransaction = {
      id,
      outcome: 'unknown',
      operations: all,
      calledAt: this.#now(),
      returnedAt: Number.POSITIVE_INFINITY,
    };
    const position = this.#history.push(unknown) - 1;
    try {
      const isThrifty = this.#mode === 'mixed' && client.random.chance(0.3);
      const { value } = await client.transactions.transact(
        (tx) => readAndAppend(tx, keys, appends),
        { prefer: isThrifty ? 'cost' : 'latency' },
      );
      const ended = { outcome: 'committed', returnedAt: this.#now() } as const;
      this.#history[position] = { ...unknown, ...ended, operations: value };
    } catch (error) {
      const code = (error as { readonly code?: string }).code;
      if (code === 'transaction-conflict') {
        this.#history[position] = { ...unknown, outcome: 'aborted', returnedAt: this.#now() };
      }
      throw error;
    }
  }
}

async function readAndAppend(
  tx: api.Transaction,
  keys: readonly string[],
  appends: ReadonlyMap<string, number>,
): Promise<readonly ListOperation[]> {
  const operations: ListOperation[] = [];
  for (const key of keys) {
    const item = await tx.get('lists', { id: key });
    const list = (item?.list ?? []) as readonly number[];
    operations.push(read(key, ...list));
    const value = appends.get(key);
    if (value === undefined) continue;
    operations.push(append(key, value));
    if (value % 2 === 0) tx.put('lists', { id: key, list: [...list, value] });
    else tx.update('lists', { id: key }, { set: { list: [...list, value] } });
  }
  return operations;
}
