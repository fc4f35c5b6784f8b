import { deriveAbort, deriveDeadline } from '../core/abort.ts';
import { retry, stopWith, type Try, tryAgain } from '../core/retry.ts';
import { AcquireTimeoutError } from '../errors.ts';
import type { CloseReport, UnreleasedHold } from '../lease/close.ts';
import { RELEASE_TRIES_MS, type ReleaseResult } from '../lease/give-up.ts';
import { followLate, followRelease } from '../lease/late-attempt.ts';
import { RecordClient } from '../lease/record-client.ts';
import { SessionWatch } from '../lease/session-watch.ts';
import type { WaitOptions } from '../lease/wait.ts';
import type { Runtime } from '../runtime.ts';
import type { Key } from '../store/value.ts';
import type { PermitLease } from './permit-lease.ts';
import { PoolMemory, sessionsOf } from './pool-memory.ts';
import { PoolPursuit, type PoolResult, type PoolTerms } from './pool-pursuit.ts';
import { leavePool } from './pool-queue.ts';
import { type PoolRow, parsePoolRow, poolPlaceOf } from './pool-row.ts';
import { releasePermits } from './pool-writes.ts';

/** What a caller wants of a pool. */
export type PoolRequest = Pick<PoolTerms, 'permits' | 'declared' | 'leaseMs' | 'session'>;

/** All that one process does with one permit pool. */
export class PermitPool {
  readonly name: string;
  readonly client: RecordClient<PoolRow>;
  readonly memory = new PoolMemory();
  readonly #runtime: Runtime;
  readonly #sessions: SessionWatch;
  readonly #leases = new Set<PermitLease>();
  /** Pursuits under way, and what they leave behind. */
  readonly #work = new Set<Promise<unknown>>();

  constructor(runtime: Runtime, name: string, key: Key) {
    this.name = name;
    this.#runtime = runtime;
    this.#sessions = new SessionWatch(runtime);
    this.client = new RecordClient(runtime, key, parsePoolRow, (row, { nowMs }) =>
      this.memory.note(row, nowMs),
    );
  }

  /** Whether forgetting this pool would lose nothing. */
  get isIdle(): boolean {
    return this.#leases.size === 0 && this.#work.size === 0;
  }

  /** One try, without waiting for anybody. */
  async tryOnce(request: PoolRequest): Promise<PoolResult & { kind: 'granted' | 'busy' }> {
    const { closing } = this.#runtime;
    closing.throwIfAborted();
    const result = await this.#pursue({ ...request, patience: 'once', signal: closing });
    if (result.kind === 'abandoned') throw closing.reason;
    return result;
  }

  /**
   * Waits in line until granted. A caller who gives up goes on at once; the place in line is given
   * back behind its back.
   */
  async wait(request: PoolRequest, { timeoutMs, signal }: WaitOptions): Promise<PermitLease> {
    const { clock, closing } = this.#runtime;
    const ends = [signal, closing, request.session?.signal];
    for (const end of ends) end?.throwIfAborted();
    const stop =
      timeoutMs === undefined
        ? deriveAbort(...ends)
        : deriveDeadline(clock, timeoutMs, () => this.#timeout(timeoutMs), ...ends);
    const terms = { ...request, patience: 'until-granted', signal: stop.signal } as const;
    const work = this.#pursue(terms);
    try {
      const result = await Promise.race([work, aborted(stop.signal)]);
      if (result?.kind === 'granted') return result.lease;
    } finally {
      stop.dispose();
    }
    this.#track(work.then(async (late) => late.kind === 'granted' && this.release(late.lease)));
    throw stop.signal.reason;
  }

  /**
   * Makes sure which of the sessions that holders in `row` ride on have ended. One consistent read
   * for each session, three times in its lease at most; one write to kill a dead one.
   */
  async judgeSessions(row: PoolRow): Promise<void> {
    const judge = async (session: string) => {
      if (await this.#sessions.isDead(session)) this.memory.noteDeath(session);
    };
    await Promise.all([...sessionsOf(row)].map(judge));
  }

  /** Gives permits back. Never throws. */
  async release(lease: PermitLease): Promise<ReleaseResult> {
    const wasLost = lease.keeper.lost !== undefined;
    lease.keeper.stop();
    this.#leases.delete(lease);
    const result = await this.#giveBack(lease, wasLost);
    return followRelease(this.#runtime, lease, result, () => this.#giveBack(lease, true));
  }

  /** Releases everything, once nobody can ask for more. */
  async close(): Promise<CloseReport> {
    await Promise.allSettled(this.#work);
    const leases = [...this.#leases];
    const results = await Promise.all(leases.map((lease) => this.release(lease)));
    const unreleased: UnreleasedHold[] = [];
    for (const [index, result] of results.entries()) {
      const lease = leases[index];
      if (result.outcome !== 'unknown' || lease === undefined) continue;
      unreleased.push({ name: this.name, token: lease.token, cause: result.cause });
    }
    return { released: leases.length - unreleased.length, unreleased };
  }

  #pursue(terms: Omit<PoolTerms, 'id' | 'name'>): Promise<PoolResult> {
    const id = this.#runtime.random.id();
    const options = { ...terms, id, name: this.name };
    const judge = (row: PoolRow) => this.judgeSessions(row);
    const pursuit = new PoolPursuit(this.#runtime, this.client, this.memory, judge, options);
    const work = pursuit.run().then(
      (result) => {
        if (result.kind === 'granted') this.#keep(result.lease);
        else this.#leave(pursuit, id);
        return result;
      },
      (error: unknown) => {
        this.#leave(pursuit, id);
        throw error;
      },
    );
    return this.#track(work);
  }

  #keep(lease: PermitLease): void {
    this.#leases.add(lease);
    lease.keeper.signal.addEventListener('abort', () => this.#leases.delete(lease), { once: true });
  }

  async #giveBack(
    { id, ...held }: Pick<PermitLease, 'id' | 'permits'>,
    wasLost: boolean,
  ): Promise<ReleaseResult> {
    let cause: unknown;
    let { permits } = held;
    /** A request of ours may have been applied although no answer said so. */
    let unsure = false;
    const { clock, random } = this.#runtime;
    const deadlineMs = clock.monotonicMs() + RELEASE_TRIES_MS;
    const attempt = async (): Promise<Try<ReleaseResult>> => {
      const answer = await this.client.write(releasePermits(this.client.key, { id, permits }));
      switch (answer.kind) {
        case 'applied':
          return stopWith({ outcome: 'released' });
        case 'refused':
          // A change of the permits was applied without an answer.
          permits = answer.row.holders.get(id)?.permits ?? permits;
          if (answer.row.holders.has(id)) return tryAgain;
          // While the lease was surely valid, nobody else can have removed the entry.
          if (unsure && !wasLost) return stopWith({ outcome: 'released' });
          return stopWith({ outcome: 'lost', takenBy: undefined });
        case 'failed':
          cause = answer.failure;
          return answer.failure.retryable ? tryAgain : stopWith({ outcome: 'unknown', cause });
        case 'unknown':
          cause = answer.failure;
          unsure = true;
          return tryAgain;
      }
    };
    const guarded = () =>
      attempt().catch(
        (error: unknown): Try<ReleaseResult> =>
          // A row that makes no sense must not hide the error that made the caller release.
          stopWith({ outcome: 'unknown', cause: error }),
      );
    const result = await retry({ clock, random, deadlineMs }, guarded);
    return result ?? { outcome: 'unknown', cause };
  }

  #leave({ late, mayBeInRow }: PoolPursuit, id: string): void {
    if (mayBeInRow) this.#track(this.#withdraw(id));
    followLate(this.#runtime, late, async () => {
      await this.#withdraw(id);
      return this.client.last?.token;
    });
  }

  /** Takes an acquisition's id out of the row, wherever it got to. */
  async #withdraw(id: string): Promise<void> {
    const { clock, random } = this.#runtime;
    const deadlineMs = clock.monotonicMs() + RELEASE_TRIES_MS;
    await retry({ clock, random, deadlineMs }, async (): Promise<Try<boolean>> => {
      const reading = await this.client.read(true);
      if (reading.kind === 'failed') return reading.failure.retryable ? tryAgain : stopWith(false);
      const holder = reading.row.holders.get(id);
      if (holder !== undefined) {
        await this.#giveBack(holder, true);
        return stopWith(true);
      }
      const place = poolPlaceOf(reading.row, id);
      if (place < 0) return stopWith(true);
      // Look once more: the request may have been sent twice and stand in the line twice.
      await this.client.write(leavePool(this.client.key, place, id));
      return tryAgain;
    });
  }

  #track<Result>(work: Promise<Result>): Promise<Result> {
    const entry: Promise<unknown> = work.then(
      () => this.#work.delete(entry),
      () => this.#work.delete(entry),
    );
    this.#work.add(entry);
    return work;
  }

  #timeout(timeoutMs: number): AcquireTimeoutError {
    const heldBy = [...(this.client.last?.holders.values() ?? [])][0]?.label;
    return new AcquireTimeoutError(this.name, timeoutMs, heldBy);
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
