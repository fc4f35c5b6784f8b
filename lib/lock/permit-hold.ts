import { HoldfastError } from '../errors.ts';
import { type Guard, guardOfCondition } from '../lease/fencing.ts';
import type { ReleaseResult } from '../lease/give-up.ts';
import { and, equals } from '../store/condition.ts';
import type { PermitLease } from './permit-lease.ts';
import type { PermitPool } from './pool.ts';
import { holderPath } from './pool-writes.ts';

/** What every grant of permits gives its owner, be it a semaphore's or a read-write lock's. */
export abstract class PermitHold implements AsyncDisposable {
  protected readonly lease: PermitLease;
  protected readonly pool: PermitPool;
  protected readonly table: string;
  /** The grant's token: larger than that of every earlier grant of the name. */
  readonly token: number;
  readonly #permits: number;
  #released: Promise<ReleaseResult> | undefined;

  constructor(lease: PermitLease, pool: PermitPool, table: string) {
    this.lease = lease;
    this.pool = pool;
    this.table = table;
    this.token = lease.token;
    this.#permits = lease.permits;
  }

  /**
   * Aborts when the hold is lost, before anybody else can be granted what it held, with a
   * {@link LeaseLostError} that says why. In Lambda mode it aborts when a method of the hold
   * notices.
   */
  get signal(): AbortSignal {
    return this.lease.keeper.signal;
  }

  /**
   * For how many milliseconds the hold is surely still valid; 0 when it is not. Computed from two
   * clocks at each call.
   */
  remainingMs(): number {
    return this.#released === undefined ? this.lease.keeper.remainingMs() : 0;
  }

  /** Throws the {@link LeaseLostError} when the hold is no longer valid. */
  throwIfLost(): void {
    const { lost } = this.lease.keeper;
    if (lost !== undefined) throw lost;
  }

  /**
   * A `ConditionCheck` for the caller's own `TransactWriteCommand`: the transaction fails once the
   * hold has been given back or taken away, whatever any clock says. Costs two write units.
   */
  guard(): Guard {
    const { id } = this.lease;
    // Both: a hold that was changed into another kind is not what its guard stood for.
    const isHeld = and(
      equals(holderPath(id, 'permits'), this.#permits),
      equals(holderPath(id, 'token'), this.token),
    );
    return guardOfCondition(this.table, this.pool.client.key, isHeld);
  }

  /**
   * Gives back what is held: one request, one write unit. Never throws; a second call changes
   * nothing and says `already-released`. Repeated until answered, for at most 5 seconds.
   */
  async release(): Promise<ReleaseResult> {
    if (this.#released === undefined) {
      this.#released = this.pool.release(this.lease);
      return this.#released;
    }
    const first = await this.#released;
    return first.outcome === 'released' ? { outcome: 'already-released' } : first;
  }

  /** Never throws: an error while leaving a block would hide the error that made us leave it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** Throws when the hold is no longer valid, be it lost or given up. */
  protected throwIfOver(): void {
    this.throwIfLost();
    if (this.#released === undefined) return;
    throw new HoldfastError('lease-lost', `${this.lease.name}: this hold was given up before`);
  }

  /** What was held goes on as another hold; this one holds nothing any more. */
  protected spend(): void {
    this.#released ??= Promise.resolve({ outcome: 'already-released' });
  }
}
