import { runWith } from '../lease/hold.ts';
import { termsOf } from '../lease/terms.ts';
import {
  checkLeaseOptions,
  checkName,
  checkWaitingOptions,
  type LeaseOptions,
} from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import { PermitHold } from './permit-hold.ts';
import { PermitPool } from './pool.ts';
import type { PoolRow } from './pool-row.ts';
import { resize } from './resize.ts';
import {
  checkCount,
  PERMITS_MAX,
  type PermitOptions,
  type SemaphoreOptions,
  type WaitingPermitOptions,
} from './semaphore-options.ts';
import { sharedRow } from './shared-rows.ts';

/** Who holds permits. */
export interface PermitHolder {
  /** The label of the holder's process, its first 32 characters. */
  readonly label: string;
  readonly permits: number;
  /** When the lease ends unless it is renewed, epoch milliseconds on the table's clock. */
  readonly expiresAt: number | undefined;
}

/** What a try came to: the permits, or how many were free and how many wait for some. */
export type TryPermitResult =
  | { readonly acquired: true; readonly hold: PermitsHold }
  | { readonly acquired: false; readonly free: number; readonly waiting: number };

/**
 * A number of permits that processes share, by name. A hold of some is a lease.
 *
 * Guarantees: at any time no more permits are validly held than there are, as long as monotonic
 * clocks err by less than 500 parts per million; waiters are served in order of arrival, and
 * nobody overtakes one who waits for many; a dead holder's permits return after its lease. It
 * does *not* fence: the tokens of two holders say nothing about each other, and a holder that was
 * paused past its lease works on beside its successor. {@link PermitsHold.guard} stops its writes.
 */
export class Semaphore {
  readonly name: string;
  /** Permits as declared here. {@link resize} may have changed how many there are. */
  readonly permits: number;
  readonly #runtime: Runtime;
  readonly #pool: PermitPool;

  /** @throws InvalidArgumentError. Sends nothing. */
  constructor(runtime: Runtime, name: string, options: SemaphoreOptions) {
    checkName(name);
    this.permits = checkCount('permits', options?.permits, PERMITS_MAX);
    this.name = name;
    this.#runtime = runtime;
    this.#pool = sharedRow(
      runtime,
      'semaphore',
      name,
      (key, title) => new PermitPool(runtime, title, key),
    );
  }

  /**
   * Takes permits if enough are free for those who wait and for us. Costs one request and one
   * write unit, taken or not; more when an answer is lost, and for the first use ever of the name.
   *
   * @throws InvalidArgumentError, `count-mismatch`, `holders-full`, and as `Lock.tryAcquire`
   */
  async tryAcquire(options: PermitOptions = {}): Promise<TryPermitResult> {
    const { permits, ...lease } = options;
    checkLeaseOptions(lease, this.#runtime.requestTimeoutMs);
    const result = await this.#pool.tryOnce(await this.#request(permits, lease));
    if (result.kind === 'granted') {
      return { acquired: true, hold: new PermitsHold(result.lease, this.#pool, this.#table) };
    }
    const { free, queue } = result.row;
    return { acquired: false, free, waiting: queue.length };
  }

  /**
   * Waits in line until the permits are ours. When they are free: one request. When not: one write
   * to join the line, half a read unit for each look, one write to take.
   *
   * @throws AcquireTimeoutError, the signal's reason, and as {@link tryAcquire}
   */
  async acquire(options: WaitingPermitOptions = {}): Promise<PermitsHold> {
    const { permits, ...waiting } = options;
    checkWaitingOptions(waiting, this.#runtime.requestTimeoutMs);
    const { timeoutMs, signal } = waiting;
    const request = await this.#request(permits, waiting);
    const lease = await this.#pool.wait(request, { timeoutMs, signal });
    return new PermitsHold(lease, this.#pool, this.#table);
  }

  /**
   * Acquires, runs `body` and releases. Returns what the body returns.
   *
   * @throws what the body throws; {@link LeaseLostError} when the body succeeded although the
   *   permits were lost meanwhile; and as {@link acquire}
   */
  async using<Result>(
    body: (hold: PermitsHold) => Promise<Result> | Result,
    options: WaitingPermitOptions = {},
  ): Promise<Result> {
    return runWith(await this.acquire(options), body);
  }

  /**
   * Changes how many permits there are, for everybody and for good. Those who declared the first
   * number keep declaring it. One request when the row has been seen before.
   *
   * @throws `permits-held` when more are held, and nothing is changed; InvalidArgumentError
   */
  async resize(permits: number): Promise<void> {
    const limit = checkCount('permits', permits, PERMITS_MAX);
    await resize(this.#runtime, this.#pool, this.permits, limit);
  }

  /** Who holds permits now. One consistent read; takes nothing. */
  async holders(): Promise<readonly PermitHolder[]> {
    const row = await readPool(this.#pool);
    return [...row.holders.values()].map(({ label, permits, expiresAt }) => {
      return { label, permits, expiresAt };
    });
  }

  async #request(wished: number | undefined, options: LeaseOptions) {
    const permits = checkCount('permits', wished ?? 1, PERMITS_MAX);
    const { leaseMs, session } = await termsOf(this.#runtime, options, undefined);
    return { permits, declared: this.permits, leaseMs, session };
  }

  get #table(): string {
    return this.#runtime.store.table;
  }
}

/** Permits that are held. */
export class PermitsHold extends PermitHold {
  /** How many. */
  get permits(): number {
    return this.lease.permits;
  }
}

/** The pool's row by one consistent read. */
export async function readPool(pool: PermitPool): Promise<PoolRow> {
  const reading = await pool.client.read(true);
  if (reading.kind === 'failed') throw errorOfFailure(`reading ${pool.name}`, reading.failure);
  return reading.row;
}
