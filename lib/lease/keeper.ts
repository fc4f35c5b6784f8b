import { sleep, type Timer } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import { instantOf } from '../core/table-clock.ts';
import { type LeaseLossReason, LeaseLostError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import type { StoreFailure } from '../store/store.ts';
import {
  type AcknowledgedWrite,
  marginMs,
  remainingMs,
  type Validity,
  validityOf,
} from './validity.ts';

/** What a renewal came to, whatever kind of row it was for. */
export type RenewalResult =
  | { readonly kind: 'renewed'; readonly write: AcknowledgedWrite }
  /** Refused, yet still ours: a later write overtook it. */
  | { readonly kind: 'overtaken' }
  /** Given away by another request of its owner, who knows. */
  | { readonly kind: 'given-away' }
  | ({ readonly kind: 'gone' } & Loss)
  | { readonly kind: 'unanswered'; readonly failure: StoreFailure };

/** Why a lease ended before its owner gave it up. */
export interface Loss {
  readonly reason: LeaseLossReason;
  readonly detail: string;
  readonly takenBy?: string | undefined;
  readonly cause?: unknown;
}

export interface Kept {
  readonly name: string;
  readonly token: number;
  readonly leaseMs: number;
  /** The write that granted it. */
  readonly write: AcknowledgedWrite;
  /** Number of that write; those of renewals follow. */
  readonly number: number;
  /** What keeps it alive, instead of renewals of its own. */
  readonly session?: LeaseKeeper | undefined;
  readonly renew: (number: number) => Promise<RenewalResult>;
}

/**
 * - `held`: as far as its owner can know. Only this state renews.
 * - `stopped`: the owner has begun to give it up; no renewal starts any more.
 * - `lost`: it ended before its owner gave it up; the signal carries `error`.
 */
type LeaseState =
  | { readonly kind: 'held' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'lost'; readonly error: LeaseLostError };

/** Renewals per lease. Four leave room for two lost ones and an outage of a third of the lease. */
const RENEWALS_PER_LEASE = 4;

/**
 * Keeps a lease in the table alive, be it a whole row or an entry among others, and knows until
 * when it surely is: counted from before the last acknowledged write was sent, on two clocks,
 * less a margin.
 */
export class LeaseKeeper {
  readonly #runtime: Runtime;
  readonly #kept: Kept;
  /** What this lease keeps alive. */
  readonly #riders = new Set<LeaseKeeper>();
  readonly #ended = new AbortController();
  readonly #lostSignal = new AbortController();
  #state: LeaseState = { kind: 'held' };
  #mayBeat: () => boolean = () => true;
  #renewalsPerLease = RENEWALS_PER_LEASE;
  #validity: Validity;
  #sent: number;
  #acknowledged: number;
  #expiresAtMin: number;
  #lastFailure: unknown;
  #expiry: Timer | undefined;

  constructor(runtime: Runtime, kept: Kept) {
    this.#runtime = runtime;
    this.#kept = kept;
    this.#validity = validityOf(kept.write);
    this.#sent = kept.number;
    this.#acknowledged = kept.number;
    this.#expiresAtMin = kept.write.expiresAt ?? 0;
    if (kept.session !== undefined) kept.session.#riders.add(this);
    if (!this.#renewsItself) return;
    this.#watchExpiry();
    void this.#keepRenewed();
  }

  /** Aborts, before the lease can end in the table, when the lease is lost. */
  get signal(): AbortSignal {
    return this.#lostSignal.signal;
  }

  get lost(): LeaseLostError | undefined {
    // Where nothing renews no timer runs either, and this look is what notices the end.
    if (this.isHeld) this.remainingMs();
    return this.#state.kind === 'lost' ? this.#state.error : undefined;
  }

  /** Whether it has neither been lost, as far as was noticed, nor begun to be given up. */
  get isHeld(): boolean {
    return this.#state.kind === 'held';
  }

  /** The largest end ever written: a renewal never shortens a lease. */
  get expiresAtMin(): number {
    return this.#expiresAtMin;
  }

  /** Milliseconds for which the lease is surely valid; computed at each call, never a flag. */
  remainingMs(): number {
    if (!this.isHeld) return 0;
    const { session } = this.#kept;
    const left =
      session?.remainingMs() ?? remainingMs(this.#validity, instantOf(this.#runtime.clock));
    if (left > 0) return left;
    this.#expire(-left);
    return 0;
  }

  get identity(): Pick<Kept, 'name' | 'token'> {
    return this.#kept;
  }

  /** Whether the lease of that name and token rides on this one. */
  carries(name: string, token: number): boolean {
    return [...this.#riders].some(
      ({ identity }) => identity.token === token && identity.name === name,
    );
  }

  /** Ends renewals because the owner is about to give it up. */
  stop(): void {
    if (this.isHeld) this.#end({ kind: 'stopped' });
  }

  /** Renews in the background only while `check` agrees, and that often in each lease. */
  beatOnlyIf(check: () => boolean, renewalsPerLease: number): void {
    this.#mayBeat = check;
    this.#renewalsPerLease = renewalsPerLease;
  }

  /** The number for a write of the lease. Larger than every one before. */
  nextNumber(): number {
    this.#sent += 1;
    return this.#sent;
  }

  /** Learns what the write with this number came to. */
  learn(number: number, result: RenewalResult): void {
    switch (result.kind) {
      case 'renewed':
        this.#renewed(number, result.write);
        return;
      case 'overtaken':
        return;
      case 'given-away':
        this.stop();
        return;
      case 'gone':
        this.lose(result);
        return;
      case 'unanswered':
        // Neither a lost answer nor a failure says that the lease is gone. Only time does.
        this.#lastFailure = errorOfFailure(`renewing ${this.#kept.name}`, result.failure);
    }
  }

  /** It is known to be over. */
  lose(loss: Loss): void {
    if (!this.isHeld) return;
    const error = new LeaseLostError(this.#kept.name, this.#kept.token, loss);
    this.#end({ kind: 'lost', error });
    this.#lostSignal.abort(error);
  }

  #renewed(number: number, write: AcknowledgedWrite): void {
    this.#lastFailure = undefined;
    // An older renewal's answer may come after a newer one's, and says less.
    if (number < this.#acknowledged) return;
    this.#acknowledged = number;
    this.#expiresAtMin = Math.max(this.#expiresAtMin, write.expiresAt ?? 0);
    this.#validity = validityOf(write);
    if (this.isHeld && this.#renewsItself) this.#watchExpiry();
  }

  async #keepRenewed(): Promise<void> {
    const { clock, random } = this.#runtime;
    const every = () => this.#kept.leaseMs / this.#renewalsPerLease;
    // Spread: a process that took a thousand locks at once must not renew them all at once.
    // From a quarter on, because most holds are short and would renew for nothing.
    let delayMs = every() * (0.25 + 0.75 * random.fraction());
    let failures = 0;
    while (this.isHeld) {
      await sleep(clock, delayMs, this.#ended.signal, { keepsProcessAlive: false });
      if (this.remainingMs() === 0) return;
      if (await this.#beat()) {
        failures = 0;
        delayMs = every() * (0.9 + random.fraction() / 10);
      } else {
        delayMs = backoffMs(random, failures, { firstMs: 50, longestMs: every() / 2 });
        failures += 1;
      }
    }
  }

  /** One renewal that cannot throw: no single error may end the heartbeat. */
  async #beat(): Promise<boolean> {
    try {
      if (!this.#mayBeat()) throw new Error('the program makes no progress, by its own account');
      const number = this.nextNumber();
      const result = await this.#kept.renew(number);
      this.learn(number, result);
      return result.kind !== 'unanswered';
    } catch (error) {
      this.#lastFailure = error;
      return false;
    }
  }

  get #renewsItself(): boolean {
    return this.#runtime.renews && this.#kept.session === undefined;
  }

  #watchExpiry(): void {
    this.#expiry?.cancel();
    const left = this.remainingMs();
    if (left === 0) return;
    this.#expiry = this.#runtime.clock.startTimer(left, () => this.#watchExpiry());
  }

  #expire(lateMs: number): void {
    const { session, leaseMs } = this.#kept;
    const cause = session === undefined ? this.#lastFailure : session.lost;
    if (session !== undefined) {
      const detail = 'the session that it was taken under has ended';
      this.lose({ reason: 'session-ended', detail, cause });
    } else if (!this.#runtime.renews) {
      this.lose({ reason: 'expired', detail: 'the time it was granted for is over' });
    } else if (cause === undefined || lateMs > marginMs(leaseMs)) {
      const detail = `this process stood still ${Math.round(lateMs)} ms past its safe end`;
      this.lose({ reason: 'paused', detail });
    } else {
      const why = cause instanceof Error ? cause.message : 'renewals failed';
      const detail = `renewals failed until its end was near: ${why}`;
      this.lose({ reason: 'not-renewed', detail, cause });
    }
  }

  #end(state: LeaseState): void {
    this.#state = state;
    this.#expiry?.cancel();
    // With a reason: without one, Node makes an exception with a stack trace.
    this.#ended.abort(state.kind);
    const { session } = this.#kept;
    if (session !== undefined) session.#riders.delete(this);
    // Each looks at its session, finds it ended, and says so by its own signal.
    for (const rider of this.#riders) rider.remainingMs();
  }
}
