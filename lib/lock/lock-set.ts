import { deriveAbort, deriveDeadline, orAbandon } from '../core/abort.ts';
import { AcquireTimeoutError, InvalidArgumentError, isHoldfastError } from '../errors.ts';
import { runWith } from '../lease/hold.ts';
import type { PursuitOptions } from '../lease/pursuit-options.ts';
import { type Terms, termsOf } from '../lease/terms.ts';
import type { LeaseOptions, WaitingOptions } from '../options.ts';
import { checkLeaseOptions, checkWaitingOptions } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { type Holder, holderOf, type Lock, LockHold } from './lock.ts';
import { LocksAttempt } from './locks-attempt.ts';
import { LocksHold, releaseAll } from './locks-hold.ts';
import type { NativeRows } from './native-rows.ts';

/** What a try came to: all the locks, or which one is held by whom, and none of them. */
export type TryLocksResult =
  | { readonly acquired: true; readonly hold: LocksHold }
  | { readonly acquired: false; readonly name: string; readonly holder: Holder };

/** What one request for all of the locks came to; `undefined`: they are to be taken one by one. */
type Together = TryLocksResult | undefined;

/** One round's way through the locks. */
type Round =
  | { readonly kind: 'granted'; readonly hold: LocksHold }
  /** One of them was not granted in time: nothing is held any more. */
  | { readonly kind: 'backed-out'; readonly heldBy: string | undefined };

const LOCKS_MAX = 100;
/** For how long, in the first round, one lock is waited for while others are held. */
const PATIENCE_MS = 2_000;
const PATIENCE_MS_MAX = 60_000;

/**
 * Several locks at once, all or none of them.
 *
 * Guarantees: those of a lock for each; whoever waits never has to wait for ever for somebody who
 * waits for him. Locks that are all free are taken by one request, a native transaction of the
 * table. Where there is none, or one of them is held, they are taken one by one: all who ask by a
 * set take its locks in one order, so that no circle can come about among them; and one who holds a
 * part waits for the next for a limited time only, then gives back all and begins anew with more
 * patience, which breaks every circle with those who take locks singly, in another order.
 */
export class LockSet {
  /** In the order in which they were given. */
  readonly names: readonly string[];
  readonly #runtime: Runtime;
  /** In the order in which they are taken. */
  readonly #locks: readonly Lock[];
  readonly #native: NativeRows | undefined;

  /**
   * @param native The way to take all by one request, if there is one.
   * @throws InvalidArgumentError. Sends nothing.
   */
  constructor(runtime: Runtime, locks: readonly Lock[], native: NativeRows | undefined) {
    this.names = locks.map(({ name }) => name);
    if (locks.length === 0 || locks.length > LOCKS_MAX) {
      throw new InvalidArgumentError('names', `1 to ${LOCKS_MAX} names`, this.names);
    }
    const twice = this.names.find((name, index) => this.names.indexOf(name) !== index);
    if (twice !== undefined) throw new InvalidArgumentError('names', 'each name once', twice);
    this.#runtime = runtime;
    this.#native = native;
    // By code units, which are the same on every machine.
    this.#locks = locks.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  /**
   * Takes all the locks if nobody alive holds or waits for any. One request of two write units a
   * lock, taken or not. One lock alone, or where the table has no native transactions: one request
   * and one write unit a lock; in vain, one for each up to the one that is held, and one to give
   * back each before it. So it is, after the one request, where a transaction of
   * `holdfast/transaction` has one of the rows, or a dead holder has left waiters behind.
   *
   * @throws InvalidArgumentError, and as `Lock.tryAcquire`; nothing is held then
   */
  async tryAcquire(options: LeaseOptions = {}): Promise<TryLocksResult> {
    const { closing, requestTimeoutMs } = this.#runtime;
    checkLeaseOptions(options, requestTimeoutMs);
    closing.throwIfAborted();
    if (this.#hasNative) {
      const terms = await termsOf(this.#runtime, options, undefined);
      const together = await this.#together(terms, 'once', closing);
      if (together !== undefined) return together;
    }
    const holds = new Map<string, LockHold>();
    try {
      for (const lock of this.#locks) {
        const result = await lock.tryAcquire(options);
        if (!result.acquired) {
          await releaseAll(holds);
          return { acquired: false, name: lock.name, holder: result.holder };
        }
        holds.set(lock.name, result.hold);
      }
      throwIfOneIsLost(holds);
      return { acquired: true, hold: new LocksHold(holds) };
    } catch (error) {
      await releaseAll(holds);
      throw error;
    }
  }

  /**
   * Waits until all the locks are ours. When all are free: as {@link tryAcquire}. When not, they
   * are taken one by one after that, in the line of each: one request and one write unit for each
   * that is free, and for each that is not, what waiting for one lock costs.
   *
   * @throws AcquireTimeoutError, the signal's reason, and as {@link tryAcquire}; nothing is held
   */
  async acquire(options: WaitingOptions = {}): Promise<LocksHold> {
    checkWaitingOptions(options, this.#runtime.requestTimeoutMs);
    const { clock, random } = this.#runtime;
    const { timeoutMs = Number.POSITIVE_INFINITY } = options;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    const together = this.#hasNative ? await this.#acquireTogether(options) : undefined;
    if (together?.acquired === true) return together.hold;
    let heldBy = together?.holder.label;
    for (let round = 0; ; round += 1) {
      const longestMs = Math.min(PATIENCE_MS * 2 ** round, PATIENCE_MS_MAX);
      // Two who wait for each other must not give up in the same moment, again and again.
      const patienceMs = longestMs * (0.5 + random.fraction() / 2);
      const result = await this.#takeAll(options, deadlineMs, patienceMs);
      if (result.kind === 'granted') return result.hold;
      heldBy = result.heldBy ?? heldBy;
      if (clock.monotonicMs() < deadlineMs) continue;
      throw this.#timeout(timeoutMs, heldBy);
    }
  }

  /**
   * Acquires, runs `body` and releases. Returns what the body returns.
   *
   * @throws what the body throws; {@link LeaseLostError} when the body succeeded although one of
   *   the locks was lost meanwhile; and as {@link acquire}
   */
  async using<Result>(
    body: (hold: LocksHold) => Promise<Result> | Result,
    options: WaitingOptions = {},
  ): Promise<Result> {
    return runWith(await this.acquire(options), body);
  }

  /** Gives up at once when the caller does, and then undoes what comes of it behind his back. */
  async #acquireTogether(options: WaitingOptions): Promise<Together> {
    const { clock, closing } = this.#runtime;
    const { signal, timeoutMs } = options;
    const terms = await termsOf(this.#runtime, options, undefined);
    const ends = [signal, closing, terms.session?.signal];
    const stop =
      timeoutMs === undefined
        ? deriveAbort(...ends)
        : deriveDeadline(clock, timeoutMs, () => this.#timeout(timeoutMs, undefined), ...ends);
    try {
      stop.signal.throwIfAborted();
      const work = this.#together(terms, 'until-granted', stop.signal);
      return await orAbandon(work, stop.signal, (late) => late?.acquired && late.hold.release());
    } finally {
      stop.dispose();
    }
  }

  /** One request for all of them. */
  async #together(
    terms: Terms,
    patience: PursuitOptions['patience'],
    signal: AbortSignal,
  ): Promise<Together> {
    const [runtime, native] = [this.#runtime, this.#native];
    if (native === undefined) return undefined;
    const lines = this.#locks.map((lock) => lock.line());
    const parts = { runtime, native, lines, terms, title: this.#title, patience, signal };
    const attempt = new LocksAttempt(parts).run();
    // Each of the lines may get a lease of it, so closing waits by each.
    const result = await lines.reduce((work, line) => line.during(work), attempt);
    switch (result.kind) {
      case 'one-by-one':
        return undefined;
      case 'held-by-other': {
        const name = this.#locks[result.index]?.name ?? '';
        return { acquired: false, name, holder: holderOf(result.row) };
      }
      case 'granted': {
        const holds = new Map<string, LockHold>();
        for (const [index, { name }] of this.#locks.entries()) {
          const grant = result.grants[index];
          if (grant !== undefined) holds.set(name, new LockHold(grant.lease, grant.line));
        }
        return { acquired: true, hold: new LocksHold(holds) };
      }
    }
  }

  /** Takes one after the other. Whatever it ends with but the grant, nothing is held any more. */
  async #takeAll(
    { leaseMs, under, signal }: WaitingOptions,
    deadlineMs: number,
    patienceMs: number,
  ): Promise<Round> {
    const { clock } = this.#runtime;
    const holds = new Map<string, LockHold>();
    try {
      for (const lock of this.#locks) {
        const leftMs = Math.max(0, deadlineMs - clock.monotonicMs());
        const waitMs = holds.size === 0 ? leftMs : Math.min(leftMs, patienceMs);
        const timeoutMs = Number.isFinite(waitMs) ? waitMs : undefined;
        // To wait on for the rest is in vain once a part is lost.
        const stop = deriveAbort(signal, ...[...holds.values()].map((hold) => hold.signal));
        const options = { leaseMs, under, timeoutMs, signal: stop.signal };
        const hold = await lock.acquire(options).finally(() => stop.dispose());
        holds.set(lock.name, hold);
      }
      throwIfOneIsLost(holds);
      return { kind: 'granted', hold: new LocksHold(holds) };
    } catch (error) {
      const wasLost = [...holds.values()].some((hold) => hold.remainingMs() === 0);
      await releaseAll(holds);
      const isTimeout = isHoldfastError(error, 'acquire-timeout');
      const heldBy = isTimeout ? (error as AcquireTimeoutError).heldBy : undefined;
      // A session that is over is no weather: it refuses the next round's first lock by itself.
      if (isTimeout || (wasLost && signal?.aborted !== true)) return { kind: 'backed-out', heldBy };
      throw error;
    }
  }

  /** Whether one request can take them all, for all that is known. */
  get #hasNative(): boolean {
    return this.#native?.isLacking === false;
  }

  #timeout(timeoutMs: number, heldBy: string | undefined): AcquireTimeoutError {
    return new AcquireTimeoutError(this.#title, timeoutMs, heldBy);
  }

  get #title(): string {
    return `locks ${this.names.map((name) => `'${name}'`).join(', ')}`;
  }
}

function throwIfOneIsLost(holds: ReadonlyMap<string, LockHold>): void {
  for (const hold of holds.values()) if (hold.remainingMs() === 0) hold.throwIfLost();
}
