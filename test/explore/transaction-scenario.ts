import { isHoldfastError } from '../../lib/errors.ts';
import type { ItemStore } from '../../lib/store/item-store.ts';
import { MemoryItemStore } from '../../lib/store/memory-item-store.ts';
import type { Store } from '../../lib/store/store.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import type { Transactions } from '../../lib/transaction/index.ts';
import { eventCounter } from '../check/recorder.ts';
import { WatchedTables } from '../sim/transactions/invariants.ts';
import { ListHistory } from '../sim/transactions/list-history.ts';
import {
  AS_IT_IS,
  HOME,
  leftoversOf,
  ORPHAN_MS,
  type TransactionLibrary,
} from '../sim/transactions/world.ts';
import type { Chooser } from './choices.ts';
import { type FaultBudget, Schedule, type ScheduledClient } from './schedule.ts';
import { ScheduledItemStore } from './scheduled-item-store.ts';

export interface TransactionScenario {
  /** What each client does, by its name. */
  readonly clients: Readonly<Record<string, TransactionUse>>;
  readonly faults: FaultBudget;
  /** @default as it is */
  readonly library?: TransactionLibrary;
}

/** Which of two lists a transaction reads, in this order, and to which it appends. */
const TRANSACTIONS = {
  'a-then-b': { reads: ['a', 'b'], appends: ['a', 'b'] },
  'b-then-a': { reads: ['b', 'a'], appends: ['a', 'b'] },
  'only-a': { reads: ['a'], appends: ['a'] },
  'both-for-a': { reads: ['a', 'b'], appends: ['a'] },
  'both-for-b': { reads: ['a', 'b'], appends: ['b'] },
  look: { reads: ['a', 'b'], appends: [] },
} as const;

/** One transaction, or the search for what a dead process left behind. */
export type TransactionUse = keyof typeof TRANSACTIONS | 'sweep';

const TABLES = { lists: ['id'] } as const;
const REQUEST_TIMEOUT_MS = 100;
/** What a process that was let down by the network is told. */
const WEATHER = ['outcome-unknown', 'transaction-conflict', 'store-unavailable'] as const;

/** One execution. Returns how many requests took effect; throws when a guarantee is broken. */
export async function runTransactionScenario(
  scenario: TransactionScenario,
  chooser: Chooser,
): Promise<number> {
  const { clients, faults, library = AS_IT_IS } = scenario;
  const schedule = new Schedule(chooser, faults);
  const memory = new MemoryItemStore();
  const home = { table: schedule.memory.table, namespace: HOME.namespace };
  const tables = new WatchedTables(memory, home);
  const lists = new ListHistory(eventCounter());
  // One was there before there were transactions; the other comes into being.
  const item = { id: { S: 'a' }, list: { L: [] } };
  await memory.write({ kind: 'put', table: 'lists', key: { id: { S: 'a' } }, item });
  for (const [index, [name, use]] of Object.entries(clients).entries()) {
    schedule.start(name, async (client) => {
      const items = new ScheduledItemStore(tables, client);
      const transactions = open(library, client, items);
      await play(use, index + 1, name, transactions, lists).catch((error: unknown) => {
        if (!WEATHER.some((code) => isHoldfastError(error, code))) throw error;
      });
      await transactions.settled();
    });
  }
  await schedule.run();
  const last = { name: 'last', clock: schedule.clock.clientClock(), store: schedule.memory };
  const transactions = open(library, last, tables);
  const run = <Result>(work: Promise<Result>) => schedule.clock.run(work);
  for (let look = 0; look < 2; look += 1) {
    await schedule.clock.advance(2 * ORPHAN_MS);
    await run(transactions.sweep());
  }
  await run(lists.run('last', transactions, ['a', 'b'], new Map()));
  await run(transactions.settled());
  const problems = [...tables.broken, ...lists.problems(), ...leftoversOf(memory, home)];
  if (problems.length > 0) throw new Error(problems.join('; '));
  return schedule.operations;
}

async function play(
  use: TransactionUse,
  number: number,
  name: string,
  transactions: Transactions,
  lists: ListHistory,
): Promise<void> {
  if (use === 'sweep') {
    await transactions.sweep();
    return;
  }
  const { reads, appends } = TRANSACTIONS[use];
  const values = new Map(appends.map((key) => [key, number] as const));
  await lists.run(name, transactions, reads, values);
}

function open(
  library: TransactionLibrary,
  { name, clock, store }: Pick<ScheduledClient, 'name' | 'clock'> & { readonly store: Store },
  items: ItemStore,
): Transactions {
  const holdfast = new library.Holdfast({
    store,
    clock,
    random: new SeededRandom(name),
    label: name,
    namespace: HOME.namespace,
    mode: 'lambda',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  return library.transactions(holdfast, { tables: TABLES, items, orphanMs: ORPHAN_MS });
}
