import { setMaxListeners } from 'node:events';
import { deriveAbort, deriveDeadline } from '../core/abort.ts';
import { HoldfastError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { LOCK_ATTRIBUTE } from '../store/transaction-schema.ts';
import type { Engine } from './attempt.ts';
import type { Gateway } from './gateway.ts';
import { ModeAgreement } from './mode.ts';
import {
  checkTransactOptions,
  type TransactionsSettings,
  type TransactOptions,
} from './options.ts';
import type { PlainItem } from './plain.ts';
import { RangeReader } from './range.ts';
import type { RecordHome } from './record.ts';
import { Resolver } from './resolver.ts';
import { type Committed, Run, type RunParts } from './run.ts';
import { Sweeper, type SweepReport } from './sweep.ts';
import type { Tables } from './tables.ts';
import type { Transaction } from './transaction.ts';

/** How a transaction ended, as far as its record still says. */
export type TransactionOutcome =
  | 'committed'
  | 'aborted'
  /** It is under way, or its process has died and nobody has met its locks yet. */
  | 'pending'
  /** There is no record: it never began, or it is over and forgotten. */
  | 'unknown';

/** What a program outside adds to its own writes, so that it respects the locks. */
export interface OutsideGuard {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
}

/**
 * Transactions over items of the user's own tables: strict serializable, of any number of items,
 * and made of nothing but conditional writes of single items. Readers outside see committed values
 * only, though not of several items at once.
 *
 * ```ts
 * const accounts = transactions(holdfast, { tables: { accounts: ['id'] } });
 * await accounts.transact(async (tx) => {
 *   const [from, to] = await tx.getAll([['accounts', { id: 'a' }], ['accounts', { id: 'b' }]]);
 *   if (Number(from?.balance) < 10) throw new Error('not enough');
 *   tx.update('accounts', { id: 'a' }, { set: { balance: Number(from?.balance) - 10 } });
 *   tx.update('accounts', { id: 'b' }, { set: { balance: Number(to?.balance) + 10 } });
 * });
 * ```
 */
export class Transactions {
  readonly #runtime: Runtime;
  readonly #tables: Tables;
  readonly #engine: Engine;
  readonly #settings: TransactionsSettings;
  /** Decided transactions that are still being carried out. */
  readonly #carryingOut = new Set<Promise<unknown>>();

  constructor(runtime: Runtime, gateway: Gateway, tables: Tables, settings: TransactionsSettings) {
    const home: RecordHome = { table: runtime.store.table, namespace: runtime.namespace };
    const resolver = new Resolver(gateway, home, settings.orphanMs);
    this.#runtime = runtime;
    this.#tables = tables;
    this.#settings = settings;
    this.#engine = {
      gateway,
      resolver,
      ranges: new RangeReader(gateway, resolver),
      home,
      orphanMs: settings.orphanMs,
      mode: new ModeAgreement(gateway, home, settings.mode),
      partitionKeyOf: (table) => tables.keyNames(table)[0],
    };
  }

  /**
   * Runs `body` until it has happened as if nothing else had happened meanwhile, or certainly not
   * at all. It may run several times, so it must have no effects besides the transaction's own:
   * those belong into `tx.onCommit`. What it throws ends the transaction without an effect, once
   * all that it had read is known to be true.
   *
   * N reads and M writes of items up to 1 KB: 2M + 3 write units and 4 round trips (3 without
   * reads), one more until all is applied. One item that transactions have written before: 1 write
   * unit, 1 round trip. Reads alone: no write unit. In the mode `mixed` and up to 100 items: one
   * native request of 2 (M + N) write units, and 2 read units an item for reads alone. The first
   * transaction of an instance reads the mode, 1 request more.
   *
   * @throws TransactionConflictError, OutcomeUnknownError, FenceLostError, ForeignWriteError,
   *   ItemTooLargeError, TransactionModeError, InvalidArgumentError, `transaction-timeout`,
   *   `store-unavailable`, `table-missing`, `access-denied`, `native-unsupported`, `closed`, the
   *   signal's reason, and what `body` throws
   */
  async transact<Value>(
    body: (tx: Transaction) => Promise<Value> | Value,
    options: TransactOptions = {},
  ): Promise<Committed<Value>> {
    checkTransactOptions(options);
    const { clock, closing } = this.#runtime;
    closing.throwIfAborted();
    options.signal?.throwIfAborted();
    const timeout = () => new HoldfastError('transaction-timeout', 'not committed in time');
    const { timeoutMs } = options;
    const ending =
      timeoutMs === undefined
        ? deriveAbort(options.signal, closing)
        : deriveDeadline(clock, timeoutMs, timeout, options.signal, closing);
    // Every request listens, and Node warns of a leak at the eleventh.
    setMaxListeners(0, ending.signal);
    try {
      return await new Run(this.#parts(), body, options, ending.signal).toItsEnd();
    } finally {
      ending.dispose();
    }
  }

  /**
   * Several items as they were at one moment, in the order in which they were asked for. No write
   * unit, unless two or more of them are absent or were never written by a transaction; in the mode
   * `mixed` one request of 2 read units an item, up to 100 items.
   *
   * @throws as {@link transact}
   */
  async read(
    keys: readonly (readonly [table: string, key: PlainItem])[],
    options: Pick<TransactOptions, 'signal' | 'timeoutMs' | 'maxAttempts'> = {},
  ): Promise<readonly (PlainItem | undefined)[]> {
    return (await this.transact((tx) => tx.getAllAtOnce(keys), options)).value;
  }

  /** What became of the attempt with this id. One request. @throws `store-unavailable` and so on */
  async outcome(id: string): Promise<TransactionOutcome> {
    const record = await this.#engine.resolver.record(id);
    if (record === undefined) return 'unknown';
    return record.state === 'done' ? (record.outcome ?? 'unknown') : record.state;
  }

  /**
   * Finishes what processes that died have left: every transaction without a sign of life for
   * `orphanMs` is ended, every decided one carried out, and old records removed. Whoever meets
   * such an item does the same for it, so this is for items that nobody comes by. One request for
   * each of 16 partitions when there is nothing to do.
   *
   * @throws `store-unavailable`, `table-missing`, `access-denied`, `closed`
   */
  sweep(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<SweepReport> {
    return new Sweeper(this.#engine, this.#settings).sweep(options.signal);
  }

  /**
   * What every other program has to add to its own puts, updates and deletes of these tables. An
   * update must also `REMOVE` the attribute `_txv`, so that transactions notice it.
   */
  get guard(): OutsideGuard {
    return {
      ConditionExpression: 'attribute_not_exists(#transactionLock)',
      ExpressionAttributeNames: { '#transactionLock': LOCK_ATTRIBUTE.lock },
    };
  }

  /** Resolves when no decided transaction is being carried out any more. */
  async settled(): Promise<void> {
    while (this.#carryingOut.size > 0) await Promise.allSettled(this.#carryingOut);
  }

  #parts(): RunParts {
    return {
      runtime: this.#runtime,
      engine: this.#engine,
      tables: this.#tables,
      settings: this.#settings,
      carryingOut: this.#carryingOut,
    };
  }
}
