import { deriveAbort } from '../core/abort.ts';
import { retry, stopWith, type Try, tryAgain } from '../core/retry.ts';
import type { Runtime } from '../runtime.ts';
import type { Key } from '../store/value.ts';
import { giveUpLease, RELEASE_TRIES_MS, type ReleaseResult } from './give-up.ts';
import { Lease } from './lease.ts';
import { Pursuit } from './pursuit.ts';
import type { PursuitOptions } from './pursuit-options.ts';
import { Rhythm } from './rhythm.ts';
import type { OwnershipRow } from './row.ts';
import { RowClient } from './row-client.ts';
import type { SessionWatch } from './session-watch.ts';
import { isSame, SessionOver, type Terms } from './terms.ts';
import { proposeToken } from './token.ts';
import { withdraw } from './withdraw.ts';
import { pass } from './writes.ts';

/**
 * Grants that a process may pass on to its own waiters before those of others are due (rule 17).
 */
const PASSES_MAX = 8;

/** One local caller who wants the row. Settled exactly once. */
export interface LocalWaiter {
  readonly terms: Terms;
  readonly granted: (lease: Lease) => void;
  readonly failed: (error: unknown) => void;
}

interface RunningPursuit {
  readonly abort: () => void;
  readonly ended: Promise<void>;
}

export type TryResult =
  | { readonly kind: 'granted'; readonly lease: Lease }
  | { readonly kind: 'held-by-other'; readonly row: OwnershipRow };

/**
 * All that one process does with one ownership row. Its waiters share one place in the table's
 * line, and a grant passes between them in one write; so a process with a hundred waiters costs
 * the table no more than a process with one.
 */
export class OwnershipLine {
  readonly name: string;
  readonly client: RowClient;
  readonly runtime: Runtime;
  readonly sessions: SessionWatch;
  readonly #rhythm: Rhythm;
  readonly #waiters: LocalWaiter[] = [];
  readonly #leases = new Set<Lease>();
  readonly #releases = new Map<Lease, Promise<ReleaseResult>>();
  /** Tries under way. */
  readonly #tries = new Set<Promise<unknown>>();
  /** The pursuit on behalf of the first waiter; at most one, and none while we hold the row. */
  #pursuit: RunningPursuit | undefined;
  /** The id that an unanswered pass may have put into the row: the next pursuit goes on with it. */
  #inheritedId: string | undefined;
  #passes = 0;

  constructor(runtime: Runtime, sessions: SessionWatch, name: string, key: Key) {
    this.name = name;
    this.sessions = sessions;
    this.client = new RowClient(runtime, key);
    this.#rhythm = new Rhythm(this.client);
    this.runtime = runtime;
  }

  /** Whether forgetting this line would lose nothing. */
  get isIdle(): boolean {
    const isHeld = this.#leases.size > 0 || this.#tries.size > 0;
    return !isHeld && this.#waiters.length === 0 && this.#pursuit === undefined;
  }

  /** Leases that are held, for whoever closes the process. */
  get leases(): readonly Lease[] {
    return [...this.#leases];
  }

  /** One try, without waiting for anybody. */
  tryOnce(terms: Terms, id?: string): Promise<TryResult> {
    return this.during(this.#try(terms, id));
  }

  /** Lets closing wait for an attempt that may bring a lease for this line. */
  during<Result>(attempt: Promise<Result>): Promise<Result> {
    const noted = attempt.finally(() => this.#tries.delete(noted));
    this.#tries.add(noted);
    return noted;
  }

  async #try(terms: Terms, id: string | undefined): Promise<TryResult> {
    const { closing } = this.runtime;
    const options = this.#pursuitOptions('once', id, () => terms, closing);
    const result = await new Pursuit(this.runtime, this.client, options).run().catch((error) => {
      throw error instanceof SessionOver ? error.cause : error;
    });
    if (result.kind === 'granted') {
      this.keep(result.lease);
      if (closing.aborted) await this.release(result.lease);
    }
    if (result.kind === 'abandoned' || closing.aborted) throw closing.reason;
    return result;
  }

  /** Stands in line behind the process's other waiters. Returns how to leave it. */
  join(waiter: LocalWaiter): () => void {
    this.#waiters.push(waiter);
    this.#pursue();
    return () => {
      const position = this.#waiters.indexOf(waiter);
      if (position >= 0) this.#waiters.splice(position, 1);
      if (this.#waiters.length === 0) this.#pursuit?.abort();
    };
  }

  /** Gives a lease up: to the next waiter here, to the first one elsewhere, or to nobody. */
  release(lease: Lease): Promise<ReleaseResult> {
    // Closing may meet a release under way: it is the same one.
    const underWay = this.#releases.get(lease);
    if (underWay !== undefined) return underWay;
    const release = this.#release(lease).finally(() => this.#releases.delete(lease));
    this.#releases.set(lease, release);
    return release;
  }

  async #release(lease: Lease): Promise<ReleaseResult> {
    const wasLost = lease.lost !== undefined;
    lease.stop();
    try {
      const next = this.#waiters[0];
      if (next !== undefined && !wasLost && (await this.#pass(lease, next))) {
        return { outcome: 'released' };
      }
      this.#passes = 0;
      return await giveUpLease(this.runtime, this.client, lease);
    } catch (cause) {
      // A row of a strange shape: it says nothing, and must not hide why somebody leaves a block.
      return { outcome: 'unknown', cause };
    } finally {
      this.#forget(lease);
    }
  }

  /** A lease whose row another write of its owner has given away already. */
  setDown(lease: Lease): void {
    lease.stop();
    this.#forget(lease);
  }

  /** Resolves when nothing of this line is under way any more. Call it once nobody can join. */
  async settle(): Promise<void> {
    await this.#pursuit?.ended;
    await Promise.allSettled(this.#tries);
  }

  /** Passes the lease to `next` in one write. False: it has to go outward, or is not ours. */
  async #pass(lease: Lease, next: LocalWaiter): Promise<boolean> {
    const { clock, random, label } = this.runtime;
    const id = random.id();
    const { leaseMs, value, session } = next.terms;
    const unlessOthersWait = this.#passes >= PASSES_MAX;
    const deadlineMs = clock.monotonicMs() + RELEASE_TRIES_MS;
    const passed = await retry({ clock, random, deadlineMs }, async (): Promise<Try<boolean>> => {
      const time = this.client.time();
      const to = { id, label, token: proposeToken(time, lease.token) };
      const request = pass({
        from: lease,
        to,
        leaseMs,
        time,
        session: session?.id,
        unlessOthersWait,
        value,
      });
      const answer = await this.client.write(request);
      switch (answer.kind) {
        case 'applied': {
          this.#passes += 1;
          this.#inheritedId = undefined;
          const grant = { name: this.name, id, terms: next.terms, answer };
          this.#deliver(new Lease(this.runtime, this.client, grant));
          return stopWith(true);
        }
        case 'refused': {
          // By our own attempt, whose answer was lost? Then a pursuit under its id makes it ours.
          const isOurs = answer.row.owner?.id === id;
          this.#inheritedId = isOurs ? id : undefined;
          return stopWith(isOurs);
        }
        case 'unknown':
          this.#inheritedId = id;
          return tryAgain;
        case 'failed':
          return answer.failure.retryable ? tryAgain : stopWith(false);
      }
    });
    return passed ?? false;
  }

  /**
   * Gives a fresh lease to the first waiter; when all have left meanwhile, to nobody. When it
   * does not suit him, because another waiter was the first when it was asked for, or because its
   * answer was under way for longer than it lasts, it is not given to anybody: a pursuit under
   * its id confirms the grant on his terms.
   */
  #deliver(lease: Lease): void {
    const waiter = this.#waiters[0];
    if (waiter !== undefined && (lease.remainingMs() === 0 || !isSame(lease.terms, waiter.terms))) {
      lease.stop();
      this.#inheritedId = lease.id;
      return;
    }
    this.keep(lease);
    this.#waiters.shift();
    if (waiter !== undefined) waiter.granted(lease);
    else void this.release(lease);
  }

  /** Counts a fresh lease as held here, until it ends or is released. */
  keep(lease: Lease): void {
    this.#leases.add(lease);
    lease.signal.addEventListener('abort', () => this.#forget(lease), { once: true });
  }

  /** A lease that ended here is no longer ours to count; those who wait here go on without it. */
  #forget(lease: Lease): void {
    if (this.#leases.delete(lease)) this.#pursue();
  }

  #pursue(): void {
    const { closing, renews } = this.runtime;
    const first = this.#waiters[0];
    if (this.#pursuit !== undefined || closing.aborted) return;
    if (first === undefined) {
      this.#leaveInherited();
      return;
    }
    // Where no timer watches our own lease, its end would go unnoticed: the table must tell.
    if (renews && this.#leases.size > 0) return;
    const stop = deriveAbort(closing);
    const terms = () => this.#waiters[0]?.terms ?? first.terms;
    const { signal } = stop;
    const options = this.#pursuitOptions('until-granted', this.#inheritedId, terms, signal);
    this.#inheritedId = undefined;
    const ended = new Pursuit(this.runtime, this.client, options)
      .run()
      .then(
        (result) => {
          if (result.kind === 'granted') this.#deliver(result.lease);
        },
        (error: unknown) => {
          this.#fail(error);
        },
      )
      .finally(() => {
        stop.dispose();
        this.#pursuit = undefined;
        this.#pursue();
      });
    this.#pursuit = { abort: () => stop.abort('nobody waits here any more'), ended };
  }

  /** Tells the waiters; when one session is over, only those who wait under it. */
  #fail(error: unknown): void {
    for (const waiter of [...this.#waiters]) {
      if (!(error instanceof SessionOver)) waiter.failed(error);
      else if (waiter.terms.session === error.session) waiter.failed(error.cause);
    }
  }

  /** The waiter for whom a grant may be in the row has left, and nobody else wants it. */
  #leaveInherited(): void {
    const id = this.#inheritedId;
    if (id === undefined) return;
    this.#inheritedId = undefined;
    const ended = withdraw(this.runtime, this.client, id)
      // A row of a strange shape: its lease ends by itself.
      .catch(() => undefined)
      .then(() => undefined)
      .finally(() => {
        this.#pursuit = undefined;
        this.#pursue();
      });
    this.#pursuit = { abort: () => undefined, ended };
  }

  #pursuitOptions(
    patience: PursuitOptions['patience'],
    inheritedId: string | undefined,
    terms: () => Terms,
    signal: AbortSignal,
  ): PursuitOptions {
    const id = inheritedId ?? this.runtime.random.id();
    const isInherited = inheritedId !== undefined;
    const [rhythm, sessions] = [this.#rhythm, this.sessions];
    return { name: this.name, id, isInherited, patience, terms, rhythm, sessions, signal };
  }
}
