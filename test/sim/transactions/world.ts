import { Holdfast } from '../../../lib/holdfast.ts';
import { type Sequence, sequence } from '../../../lib/naming/index.ts';
import type { ItemAddress } from '../../../lib/store/item-store.ts';
import { MemoryItemStore } from '../../../lib/store/memory-item-store.ts';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import type { ClientClock } from '../../../lib/testing/client-clock.ts';
import { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';
import type * as api from '../../../lib/transaction/index.ts';
import { transactions } from '../../../lib/transaction/index.ts';
import { lockOf } from '../../../lib/transaction/lock.ts';
import { parseRecord, type RecordHome } from '../../../lib/transaction/record.ts';
import { WatchedTables } from './invariants.ts';
import { ITEM_FAULTS, type ItemFault, type ItemFaultRates, ItemNetwork } from './item-network.ts';

/** The part of the library that the world is made of; tests with planted bugs bring their own. */
export interface TransactionLibrary {
  readonly Holdfast: typeof Holdfast;
  readonly transactions: typeof transactions;
  readonly sequence: typeof sequence;
}

export const AS_IT_IS: TransactionLibrary = { Holdfast, transactions, sequence };
export const HOME = { table: 'coordination', namespace: 'sim' } as const;
export const ORPHAN_MS = 1_000;

/** One process: its clock, its way to the tables, its own library. */
export interface TransactionClient {
  readonly name: string;
  readonly clock: ClientClock;
  readonly network: ItemNetwork;
  readonly random: SeededRandom;
  readonly transactions: api.Transactions;
  readonly holdfast: Holdfast;
  readonly sequence: (name: string) => Sequence;
  readonly isAlive: () => boolean;
}

export interface TransactionWorldOptions {
  readonly seed: number | string;
  readonly tables: Readonly<Record<string, api.KeyNames>>;
  readonly rates?: ItemFaultRates | undefined;
  readonly library?: TransactionLibrary | undefined;
  /** @default 100 */
  readonly requestTimeoutMs?: number | undefined;
  /** @default 'portable' */
  readonly mode?: api.TransactionMode | undefined;
}

/** Tables in memory, processes that use them, and everything that befalls their requests. */
export class TransactionWorld {
  readonly clock = new VirtualClock();
  /** The library's own table: records of transactions, locks, sequences. */
  readonly rows = new MemoryStore({ clock: this.clock, table: HOME.table });
  readonly memory = new MemoryItemStore({
    rows: this.rows,
    commitEach: async (address, commit) => {
      await this.beforeCommitOf(address);
      this.tables.commit(address, commit);
    },
  });
  readonly tables = new WatchedTables(this.memory, HOME);
  readonly random: SeededRandom;
  readonly faults = Object.fromEntries(ITEM_FAULTS.map((name) => [name, 0])) as Record<
    ItemFault,
    number
  >;
  readonly clients = new Map<string, TransactionClient>();
  crashes = 0;
  /** Items of native transactions that were committed one by one. */
  natives = 0;
  rates: ItemFaultRates;
  /** What passes before an item of a native transaction is committed. */
  beforeCommitOf: (address: ItemAddress) => Promise<void> = () => Promise.resolve();
  readonly #options: TransactionWorldOptions;
  #incarnations = 0;

  constructor(options: TransactionWorldOptions) {
    this.random = new SeededRandom(options.seed);
    this.rates = options.rates ?? {};
    this.#options = options;
  }

  /** Starts a process; `onCrash` is called at the moment in which it ends. */
  start(
    name: string,
    onCrash: () => void = () => undefined,
    mode = this.#options.mode,
  ): TransactionClient {
    const { library = AS_IT_IS, tables } = this.#options;
    this.#incarnations += 1;
    const random = this.random.fork(`${name}/${this.#incarnations}`);
    const clock = this.clock.clientClock({ wallOffsetMs: random.between(-1_000, 1_000) });
    const crash = () => {
      if (clock.state === 'stopped') return;
      clock.stop();
      this.crashes += 1;
      onCrash();
    };
    const network = new ItemNetwork({
      table: this.tables,
      trueClock: this.clock,
      clock,
      random: random.fork('network'),
      rates: this.rates,
      onCrash: crash,
      count: (fault) => {
        this.faults[fault] += 1;
      },
    });
    const holdfast = new library.Holdfast({
      store: this.rows,
      clock,
      random: random.fork('library'),
      label: name,
      namespace: HOME.namespace,
      mode: 'service',
      requestTimeoutMs: this.#options.requestTimeoutMs ?? 100,
    });
    const options = { tables, items: network, orphanMs: ORPHAN_MS, mode };
    const client: TransactionClient = {
      name,
      clock,
      network,
      random,
      holdfast,
      transactions: library.transactions(holdfast, options),
      sequence: (name) => library.sequence(holdfast, name),
      isAlive: () => clock.state !== 'stopped',
    };
    this.clients.set(name, client);
    return client;
  }

  /** From here on nothing goes wrong any more; what is under way stays under way. */
  calm(): void {
    this.rates = {};
    for (const { network } of this.clients.values()) network.rates = {};
  }

  run<Result>(work: Promise<Result>, limitMs?: number): Promise<Result> {
    return this.clock.run(work, limitMs);
  }

  leftovers(): readonly string[] {
    return leftoversOf(this.memory, HOME);
  }
}

/** Locks and stubs in the items of users, and records that are not closed. */
export function leftoversOf(memory: MemoryItemStore, home: RecordHome): readonly string[] {
  return memory.snapshot().flatMap(({ table, key, item }) => {
    const state = parseRecord(item)?.state;
    const isOpen = table === home.table && state !== undefined && state !== 'done';
    const what = lockOf(item) === undefined ? (isOpen ? `record ${state}` : '') : 'lock';
    return what === '' ? [] : [`${what}: ${table} ${JSON.stringify(key)}`];
  });
}
