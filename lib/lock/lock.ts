import type { ReleaseResult } from '../lease/give-up.ts';
import { ExclusiveHold, runWith } from '../lease/hold.ts';
import type { OwnershipLine } from '../lease/line.ts';
import type { OwnershipRow } from '../lease/row.ts';
import { termsOf } from '../lease/terms.ts';
import { waitForLease } from '../lease/wait.ts';
import {
  checkLeaseOptions,
  checkWaitingOptions,
  type LeaseOptions,
  type WaitingOptions,
} from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';

/** Who has a lock. Times are epoch milliseconds on the table's clock. */
export interface Holder {
  /** The label of the holder's process. */
  readonly label: string;
  readonly token: number;
  /** Since when; `undefined` when the holder did not know the time. */
  readonly since: number | undefined;
  /** When the lease ends unless it is renewed; `undefined` as above. */
  readonly expiresAt: number | undefined;
  /** How many processes wait in line. */
  readonly waiting: number;
}

/** What a try came to: the hold, or who has the lock. */
export type TryAcquireResult =
  | { readonly acquired: true; readonly hold: LockHold }
  | { readonly acquired: false; readonly holder: Holder };

/**
 * A lock that one process at a time can hold, by name, in one request.
 *
 * Guarantees: tokens of successive holds only grow; a hold's {@link LockHold.signal} aborts before
 * anybody else can be granted the lock, as long as the monotonic clock is off by less than 500
 * parts per million; waiters are served in order of arrival; a dead holder is replaced after its
 * lease. Like every lease, it cannot stop a process that was paused between its last look at the
 * clock and its write: {@link LockHold.fence} and {@link LockHold.guard} make that write fail.
 *
 * ```ts
 * await holdfast.lock('album/7').using(async (hold) => {
 *   await client.send(new UpdateCommand(hold.fence({ TableName, Key, UpdateExpression })));
 * });
 * ```
 */
export class Lock {
  readonly name: string;
  readonly #runtime: Runtime;
  /**
   * What this process does with the lock's row.
   *
   * @internal
   */
  readonly line: () => OwnershipLine;

  constructor(runtime: Runtime, name: string, line: () => OwnershipLine) {
    this.name = name;
    this.#runtime = runtime;
    this.line = line;
  }

  /**
   * Takes the lock if nobody alive holds it or waits for it. Costs one request and one write unit,
   * taken or not; more only when a dead holder leaves waiters behind or an answer is lost.
   *
   * @throws InvalidArgumentError, `table-missing`, `access-denied`, `store-unavailable` (no usable
   *   answer for 5 seconds), `clock-unknown`, `closed`
   */
  async tryAcquire(options: LeaseOptions = {}): Promise<TryAcquireResult> {
    checkLeaseOptions(options, this.#runtime.requestTimeoutMs);
    this.#runtime.closing.throwIfAborted();
    const terms = await termsOf(this.#runtime, options, undefined);
    const line = this.line();
    const result = await line.tryOnce(terms);
    if (result.kind === 'granted') {
      return { acquired: true, hold: new LockHold(result.lease, line) };
    }
    return { acquired: false, holder: holderOf(result.row) };
  }

  /**
   * Waits in line until the lock is ours. When it is free: one request. When not: one write to join
   * the line, half a read unit for each look, and one write to accept the hand-over.
   *
   * @throws AcquireTimeoutError, the signal's reason, and as {@link tryAcquire}; a table that
   *   does not answer is waited for 30 seconds
   */
  async acquire(options: WaitingOptions = {}): Promise<LockHold> {
    checkWaitingOptions(options, this.#runtime.requestTimeoutMs);
    const terms = await termsOf(this.#runtime, options, undefined);
    const line = this.line();
    const lease = await waitForLease(line, terms, options);
    return new LockHold(lease, line);
  }

  /**
   * Acquires, runs `body` and releases. Returns what the body returns.
   *
   * @throws what the body throws; {@link LeaseLostError} when the body succeeded although the
   *   hold was lost meanwhile; and as {@link acquire}
   */
  async using<Result>(
    body: (hold: LockHold) => Promise<Result> | Result,
    options: WaitingOptions = {},
  ): Promise<Result> {
    return runWith(await this.acquire(options), body);
  }

  /** Who has the lock now, or `undefined`. One consistent read; takes nothing. */
  async holder(): Promise<Holder | undefined> {
    const reading = await this.line().client.read(true);
    if (reading.kind === 'failed') throw errorOfFailure(`reading ${this.name}`, reading.failure);
    return reading.row.owner === undefined ? undefined : holderOf(reading.row);
  }
}

/** One acquisition of a lock. */
export class LockHold extends ExclusiveHold {
  /** The fencing token: larger than that of every earlier hold of the lock. */
  get token(): number {
    return this.lease.token;
  }

  /**
   * Gives the lock up, to the first waiter if there is one: one request, one write unit. Never
   * throws; says what the table says. Repeated until answered, for at most 5 seconds.
   */
  release(): Promise<ReleaseResult> {
    return this.giveUp();
  }
}

/** Who has, or is to have, the lock by its row. */
export function holderOf(row: OwnershipRow): Holder {
  const { owner, token, queue } = row;
  return {
    label: owner?.label ?? queue[0]?.label ?? 'nobody',
    token,
    since: owner?.ownedSince,
    expiresAt: owner?.expiresAt,
    waiting: queue.length,
  };
}
