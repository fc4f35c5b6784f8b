import { runWith } from '../lease/hold.ts';
import { termsOf } from '../lease/terms.ts';
import {
  checkLeaseOptions,
  checkName,
  checkWaitingOptions,
  type LeaseOptions,
  type WaitingOptions,
} from '../options.ts';
import type { Runtime } from '../runtime.ts';
import type { PermitLease } from './permit-lease.ts';
import { PermitPool } from './pool.ts';
import { HOLDERS_MAX } from './pool-writes.ts';
import { ReadHold, type ReadWriteHold, WriteHold } from './read-write-hold.ts';
import { sharedRow } from './shared-rows.ts';

/** What a try came to: the hold, or who is in the way. */
export type TrySideResult<Hold> =
  | { readonly acquired: true; readonly hold: Hold }
  | {
      readonly acquired: false;
      /** How many read now; 0 while somebody writes. */
      readonly readers: number;
      readonly waiting: number;
    };

/**
 * A lock that many may hold to read, or one to write, by name.
 *
 * Guarantees: nobody reads or writes while somebody writes, as long as monotonic clocks err by
 * less than 500 parts per million; first come, first served, so that a writer who waits is not
 * overtaken by readers who come later, and starves neither them nor itself; the tokens of
 * successive grants only grow, and {@link WriteHold.fence} makes the table refuse a stale writer.
 * A stale *reader* can only be refused by its {@link ReadHold.guard}. At most 64 read at a time;
 * others wait in line.
 */
export class ReadWriteLock {
  readonly name: string;
  /** The lock as its readers take it. */
  readonly read: LockSide<ReadHold>;
  /** The lock as its writers take it. */
  readonly write: LockSide<WriteHold>;

  /** @throws InvalidArgumentError. Sends nothing. */
  constructor(runtime: Runtime, name: string) {
    checkName(name);
    this.name = name;
    const pool = sharedRow(
      runtime,
      'read-write-lock',
      name,
      (key, title) => new PermitPool(runtime, title, key),
    );
    const make = { runtime, pool, table: runtime.store.table };
    this.read = new LockSide(runtime, pool, 1, (lease) => new ReadHold(lease, make));
    this.write = new LockSide(runtime, pool, HOLDERS_MAX, (lease) => new WriteHold(lease, make));
  }
}

/** One of the two ways to hold a read-write lock. */
export class LockSide<Hold extends ReadWriteHold> {
  readonly #runtime: Runtime;
  readonly #pool: PermitPool;
  readonly #permits: number;
  readonly #make: (lease: PermitLease) => Hold;

  constructor(
    runtime: Runtime,
    pool: PermitPool,
    permits: number,
    make: (lease: PermitLease) => Hold,
  ) {
    this.#runtime = runtime;
    this.#pool = pool;
    this.#permits = permits;
    this.#make = make;
  }

  /**
   * Takes this side if nobody is in the way or waits before us. One request and one write unit,
   * taken or not; more when an answer is lost, and for the first use ever of the name.
   *
   * @throws InvalidArgumentError, and as `Lock.tryAcquire`
   */
  async tryAcquire(options: LeaseOptions = {}): Promise<TrySideResult<Hold>> {
    checkLeaseOptions(options, this.#runtime.requestTimeoutMs);
    const result = await this.#pool.tryOnce(await this.#request(options));
    if (result.kind === 'granted') return { acquired: true, hold: this.#make(result.lease) };
    const { holders, free, queue } = result.row;
    return { acquired: false, readers: free === 0 ? 0 : holders.size, waiting: queue.length };
  }

  /**
   * Waits in line until this side is ours. When it is free: one request. When not: one write to
   * join the line, half a read unit for each look, one write to take.
   *
   * @throws AcquireTimeoutError, the signal's reason, and as {@link tryAcquire}
   */
  async acquire(options: WaitingOptions = {}): Promise<Hold> {
    checkWaitingOptions(options, this.#runtime.requestTimeoutMs);
    const { timeoutMs, signal } = options;
    const request = await this.#request(options);
    return this.#make(await this.#pool.wait(request, { timeoutMs, signal }));
  }

  /**
   * Acquires, runs `body` and releases. Returns what the body returns.
   *
   * @throws what the body throws; {@link LeaseLostError} when the body succeeded although the
   *   hold was lost meanwhile; and as {@link acquire}
   */
  async using<Result>(
    body: (hold: Hold) => Promise<Result> | Result,
    options: WaitingOptions = {},
  ): Promise<Result> {
    return runWith(await this.acquire(options), body);
  }

  async #request(options: LeaseOptions) {
    const { leaseMs, session } = await termsOf(this.#runtime, options, undefined);
    return { permits: this.#permits, declared: HOLDERS_MAX, leaseMs, session };
  }
}
