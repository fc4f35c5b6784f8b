import type * as api from '../../../lib/transaction/index.ts';
import { append, type ListOperation, type ListTransaction, read } from '../../check/list-append.ts';
import { checkSerializable } from '../../check/serializable.ts';

/**
 * Transactions that read lists and append to them: the order of what was appended shows in what
 * order they must have happened, so that long forks, write skews and lost updates all show.
 */
export class ListHistory {
  readonly #now: () => number;
  readonly #history: ListTransaction[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Reads some lists and appends to some of them. Throws what the transaction throws. */
  async run(
    name: string,
    transactions: Pick<api.Transactions, 'transact'>,
    keys: readonly string[],
    appends: ReadonlyMap<string, number>,
    options?: api.TransactOptions,
  ): Promise<void> {
    const all = [...appends].map(([key, value]) => append(key, value));
    const unknown: ListTransaction = {
      id: `${name}-${this.#history.length + 1}`,
      outcome: 'unknown',
      operations: all,
      calledAt: this.#now(),
      returnedAt: Number.POSITIVE_INFINITY,
    };
    const position = this.#history.push(unknown) - 1;
    try {
      const body = (tx: api.Transaction) => readAndAppend(tx, keys, appends);
      const { value } = await transactions.transact(body, options);
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

  /** What is wrong with what they read, in words. */
  problems(): readonly string[] {
    const verdict = checkSerializable(this.#history, { realTime: 'all' });
    return verdict.ok ? [] : [`${verdict.anomaly}: ${verdict.explanation}`];
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
