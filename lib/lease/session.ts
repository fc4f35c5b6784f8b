import { setMaxListeners } from 'node:events';
import { sleep } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import { HoldfastError, InvalidArgumentError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import type { ReleaseResult } from './give-up.ts';
import type { Lease } from './lease.ts';
import type { OwnershipLine } from './line.ts';
import type { OwnershipLines } from './lines.ts';
import { noteOwnSession } from './session-watch.ts';
import { endOf } from './terms.ts';
import { sureMs } from './validity.ts';

/**
 * Fewer than a lease's own: at six seconds one write in two seconds, and still one to lose. What
 * is lost with a session is everything, but a third beat that is lost is an outage all the same.
 */
const BEATS_PER_LEASE = 2.75;

/** In a short lease more often: an answer's date may leave little of it, and two beats must fit. */
function beatsPerLease(leaseMs: number): number {
  return Math.max(BEATS_PER_LEASE, (2 * leaseMs) / sureMs(leaseMs));
}

/** How a session lasts. */
export interface SessionTerms {
  readonly leaseMs: number;
  /**
   * Whether a session that was lost is followed by a new one. What was held under it stays lost.
   */
  readonly rejoins: boolean;
}

/** One life of a session: one row, one lease. */
interface Incarnation {
  readonly lease: Lease;
  readonly line: OwnershipLine;
}

/**
 * One lease for a whole process: what is taken `under` it has no heartbeat of its own, so that a
 * thousand locks cost one write unit per interval.
 *
 * Guarantees: nothing that the session holds can be taken by others before its signal has aborted,
 * under the same assumption as for a hold of its own; when the process dies, others first mark the
 * session as dead, in one write, and then take what it held, in one write each.
 *
 * ```ts
 * await using session = await holdfast.session({ leaseMs: 6_000 });
 * const hold = await holdfast.lock('album/7').acquire({ under: session });
 * ```
 */
export class Session implements AsyncDisposable {
  readonly #runtime: Runtime;
  readonly #lines: OwnershipLines;
  readonly #terms: SessionTerms;
  #incarnation: Incarnation;
  #mayBeat: () => boolean = () => true;
  #next: Promise<void> | undefined;
  #closed: Promise<ReleaseResult> | undefined;

  private constructor(
    runtime: Runtime,
    lines: OwnershipLines,
    terms: SessionTerms,
    incarnation: Incarnation,
  ) {
    this.#runtime = runtime;
    this.#lines = lines;
    this.#terms = terms;
    this.#incarnation = incarnation;
    this.#follow(incarnation);
  }

  /** Begins a session: one request, one write unit. */
  static async begin(
    runtime: Runtime,
    lines: OwnershipLines,
    terms: SessionTerms,
  ): Promise<Session> {
    return new Session(runtime, lines, terms, await incarnate(runtime, lines, terms));
  }

  /** The id of the session's present life, as it stands in the rows that it holds. */
  get id(): string {
    return this.#incarnation.lease.id;
  }

  /** Aborts when the session's present life is lost, before anybody else can take what it holds. */
  get signal(): AbortSignal {
    return this.#incarnation.lease.signal;
  }

  /** For how many milliseconds the session, and all that it holds, is surely still valid. */
  remainingMs(): number {
    return this.#incarnation.lease.remainingMs();
  }

  /**
   * Lets the session live only as long as `check` says that the program makes progress: asked
   * before each beat. A program that hangs while its timers run would otherwise stay leader for
   * ever.
   */
  beatOnlyIf(check: () => boolean): void {
    if (typeof check !== 'function') throw new InvalidArgumentError('check', 'a function', check);
    this.#mayBeat = check;
  }

  /**
   * Ends the session in one write, and with it everything that is held under it. Others notice when
   * they next look; to hand over at once, release the holds first. Never throws.
   */
  close(): Promise<ReleaseResult> {
    const { line, lease } = this.#incarnation;
    this.#closed ??= line.release(lease);
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * The lease that holds ride on; waits while a lost session is being followed by a new one. Others
   * look for it where its instance keeps it: what another one held under it would seem dead.
   *
   * @internal
   */
  async lease(rider: Runtime): Promise<Lease> {
    if (rider !== this.#runtime) {
      throw new InvalidArgumentError('under', 'a session of this instance', this);
    }
    await this.#next;
    const { lease } = this.#incarnation;
    if (this.#closed === undefined && lease.remainingMs() > 0) return lease;
    throw endOf(lease);
  }

  #follow({ lease }: Incarnation): void {
    noteOwnSession(this.#runtime, lease);
    lease.keeper.beatOnlyIf(() => this.#mayBeat(), beatsPerLease(this.#terms.leaseMs));
    lease.waits = [];
    // Everything that waits under the session listens, and Node warns of a leak at the eleventh.
    setMaxListeners(0, lease.signal);
    lease.signal.addEventListener('abort', () => this.#afterLoss(), { once: true });
  }

  #afterLoss(): void {
    if (!this.#terms.rejoins || this.#closed !== undefined) return;
    this.#next = this.#rejoin().finally(() => {
      this.#next = undefined;
    });
  }

  async #rejoin(): Promise<void> {
    const { clock, random, closing } = this.#runtime;
    for (let failures = 0; !closing.aborted && this.#closed === undefined; failures += 1) {
      try {
        this.#incarnation = await incarnate(this.#runtime, this.#lines, this.#terms);
        this.#follow(this.#incarnation);
        return;
      } catch {
        // Whoever needs the session meanwhile waits, or gets the error of the life that was lost.
        await sleep(clock, backoffMs(random, failures), closing, { keepsProcessAlive: false });
      }
    }
  }
}

/** Acquires a row that nobody else knows of, under an id that is never used again. */
async function incarnate(
  runtime: Runtime,
  lines: OwnershipLines,
  { leaseMs }: SessionTerms,
): Promise<Incarnation> {
  const id = runtime.random.id();
  const line = lines.line('session', id);
  const result = await line.tryOnce({ leaseMs, value: undefined, session: undefined }, id);
  if (result.kind === 'granted') return { lease: result.lease, line };
  throw new HoldfastError('row-invalid', `${line.name}: its row belongs to somebody else`);
}
