import { sleep } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import { isHoldfastError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { Attempt, type CarryingOut, type Engine } from './attempt.ts';
import type { Draft } from './draft.ts';
import { Conflict, ForeignWriteError, TransactionConflictError } from './errors.ts';
import { placeName } from './operation.ts';
import {
  DEFAULT_MAX_ATTEMPTS,
  strictFenceOf,
  type TransactionsSettings,
  type TransactOptions,
} from './options.ts';
import type { Access } from './plan.ts';
import type { FenceMark } from './record.ts';
import { placeOfReplay, rememberValue, replayedValue } from './replay.ts';
import type { Party } from './resolver.ts';
import { markOfFence } from './strict-fence.ts';
import type { Tables } from './tables.ts';
import { Transaction } from './transaction.ts';

/** What a transaction that took effect has come to. */
export interface Committed<Value> {
  /** What its function returned. */
  readonly value: Value;
  /** The id of the attempt that was committed. */
  readonly id: string;
  /** How often the function ran. */
  readonly attempts: number;
  /** Whether it had taken effect before, under the same idempotency key, and did not run. */
  readonly isReplay: boolean;
  /**
   * Items whose write is decided and could not be carried out: table and key of each. Transactions
   * read them right already, and whoever meets them writes them. Empty with `decided`.
   */
  readonly unapplied: readonly string[];
}

/** Attempts that fail before a transaction locks its items first. */
const LOCK_FIRST_AFTER = 3;
const NO_FENCE = { hold: undefined, strict: false };
const BACKOFF = { firstMs: 5, longestMs: 200 };

/** What all runs of an instance share. */
export interface RunParts {
  readonly runtime: Runtime;
  readonly engine: Engine;
  readonly tables: Tables;
  readonly settings: TransactionsSettings;
  readonly carryingOut: Set<Promise<unknown>>;
}

/** A transaction that nothing can undo any more. */
interface Decided<Value> {
  readonly value: Value;
  readonly carryOut: CarryingOut;
  readonly afterCommit: readonly (() => void)[];
}

/** One call of `transact`: attempt after attempt. */
export class Run<Value> {
  readonly #parts: RunParts;
  readonly #body: (tx: Transaction) => Promise<Value> | Value;
  readonly #options: TransactOptions;
  readonly #signal: AbortSignal;
  readonly #party: Party;
  readonly #firstId: string;
  /** What the last attempt has met. */
  #met: readonly Access[] = [];
  #mayLockFirst = true;

  constructor(
    parts: RunParts,
    body: (tx: Transaction) => Promise<Value> | Value,
    options: TransactOptions,
    signal: AbortSignal,
  ) {
    const { clock, random } = parts.runtime;
    this.#parts = parts;
    this.#body = body;
    this.#options = options;
    this.#signal = signal;
    this.#firstId = random.id();
    const sinceMs = Math.floor(clock.wallMs());
    this.#party = { sinceMs, firstId: this.#firstId, fence: markOf(options) };
  }

  async toItsEnd(): Promise<Committed<Value>> {
    const { clock, random } = this.#parts.runtime;
    const { maxAttempts = DEFAULT_MAX_ATTEMPTS, onRetry } = this.#options;
    for (let attempts = 1; ; attempts += 1) {
      this.#signal.throwIfAborted();
      try {
        return await this.#attempt(attempts);
      } catch (error) {
        // A request that was given up says so in its own words; the caller has better ones.
        if (this.#signal.aborted && isHoldfastError(error, 'store-unavailable')) {
          throw this.#signal.reason;
        }
        if (!(error instanceof Conflict)) throw error;
        // A function that meets other items each time is better off without.
        if (error.isSurprise) this.#mayLockFirst = false;
        if (attempts >= maxAttempts) throw new TransactionConflictError(error, attempts);
        onRetry?.({ attempts, item: placeName(error.place) });
        await sleep(clock, backoffMs(random, attempts - 1, BACKOFF), this.#signal);
      }
    }
  }

  async #attempt(number: number): Promise<Committed<Value>> {
    const { engine, runtime, tables } = this.#parts;
    const { fence, prefer } = this.#options;
    const { hold, strict } = fence === undefined ? NO_FENCE : strictFenceOf(fence);
    const id = number === 1 ? this.#firstId : runtime.random.id();
    const signal = this.#signal;
    const options = { id, party: this.#party, fence: hold, isStrict: strict, prefer, signal };
    const attempt = new Attempt(engine, options);
    const parts = { ...engine, id, attempt: number, tables, party: this.#party, signal };
    const tx = new Transaction({
      ...parts,
      mode: this.#parts.settings.mode,
      agreement: engine.mode,
    });
    let committed: Decided<Value>;
    try {
      const isFirst = this.#mayLockFirst && number > LOCK_FIRST_AFTER && this.#met.length > 0;
      const locked = isFirst ? await attempt.lockFirst(this.#met) : [];
      const marker = await this.#marker(locked);
      const replayed = marker && replayedValue(marker.snapshot);
      if (replayed !== undefined) {
        await attempt.giveUp(undefined);
        return this.#replay(replayed.value as Value, id, number);
      }
      for (const access of locked) {
        if (access.name !== marker?.name) tx.seed(access.place, access.snapshot);
      }
      committed = await this.#runBody(attempt, tx, marker);
    } catch (error) {
      tx.close();
      await attempt.giveUp(error);
      throw error;
    }
    // From here on nothing may be taken back.
    return this.#finish(committed, { id, attempts: number, isReplay: false });
  }

  async #runBody(attempt: Attempt, tx: Transaction, marker: Access | undefined) {
    let value: Value;
    let accesses: readonly Access[];
    let draft: Draft;
    try {
      value = await this.#body(tx);
      draft = await tx.end();
      const remembered = marker && this.#remember(marker, value);
      accesses = remembered === undefined ? draft.accesses : [...draft.accesses, remembered];
      attempt.checkSizes(accesses);
    } catch (error) {
      this.#met = tx.reads();
      if (error instanceof Conflict || this.#signal.aborted) throw error;
      // It may have seen what never was together. Only an error about what was is the caller's.
      await attempt.validate(tx.reads(), tx.range);
      throw error;
    }
    this.#met = accesses;
    // What remembers the value is one more write.
    const isOfOneMoment = draft.isOfOneMoment && marker === undefined;
    const carryOut = await attempt.commit({ ...draft, accesses, isOfOneMoment });
    return { value, carryOut, afterCommit: draft.afterCommit };
  }

  async #finish(
    { value, carryOut, afterCommit }: Decided<Value>,
    about: Pick<Committed<Value>, 'id' | 'attempts' | 'isReplay'>,
  ): Promise<Committed<Value>> {
    const { carryingOut, runtime } = this.#parts;
    const work = carryOut();
    const all = work.then(({ cleanUp }) => cleanUp());
    carryingOut.add(all);
    const forget = () => carryingOut.delete(all);
    all.then(forget, forget);
    for (const callback of afterCommit) callback();
    if (this.#options.acknowledge === 'decided') return { ...about, value, unapplied: [] };
    const { unapplied, foreign } = await work;
    // A function freezes when it has returned, and would leave this to a sweep.
    if (!runtime.renews) await all;
    if (foreign.length > 0) throw new ForeignWriteError(about.id, foreign);
    return { ...about, value, unapplied: unapplied.map(placeName) };
  }

  /** The row that remembers the idempotency key, as it is now. */
  async #marker(locked: readonly Access[]): Promise<Access | undefined> {
    const { idempotencyKey } = this.#options;
    if (idempotencyKey === undefined) return undefined;
    const { engine } = this.#parts;
    const place = placeOfReplay(engine.home, idempotencyKey);
    const name = placeName(place);
    // What was looked at before it was locked may have been written in between.
    const known = locked.find((access) => access.name === name)?.snapshot;
    const snapshot = known ?? (await engine.resolver.look(place, this.#signal));
    return { name, place, snapshot, intent: undefined };
  }

  #replay(value: Value, id: string, number: number): Committed<Value> {
    return { value, id, attempts: number - 1, isReplay: true, unapplied: [] };
  }

  #remember({ place, snapshot }: Access, value: Value): Access {
    const { runtime, settings } = this.#parts;
    const nowMs = runtime.tableClock.now()?.latest ?? runtime.clock.wallMs();
    const ttlSeconds = Math.ceil((nowMs + settings.retentionMs) / 1_000);
    return rememberValue(place, snapshot, value, ttlSeconds);
  }
}

function markOf({ fence }: TransactOptions): FenceMark | undefined {
  return fence === undefined ? undefined : markOfFence(strictFenceOf(fence).hold);
}
