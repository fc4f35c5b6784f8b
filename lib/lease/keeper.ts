import { sleep, type Timer } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import { instantOf } from '../core/table-clock.ts';
import { type LeaseLossReason, LeaseLostError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import type { StoreFailure } from '../store/store.ts';
import { type AcknowledgedWrite, marginMs, remainingMs, validityOf } from './validity.ts';

/** What a renewal came to, whatever kind of row it was for. */
export type RenewalResult =
  | { readonly kind: 'renewed'; readonly write: AcknowledgedWrite }
  /** Refused, yet still ours: a later write overtook it. */
  | { readonly kind: 'overtaken' }
  /** Others have taken what was held. */
  | { readonly kind: 'gone'; readonly detail: string }
  | { readonly kind: 'unanswered'; readonly failure: StoreFailure };

export interface Kept {
  readonly name: string;
  readonly token: number;
  readonly leaseMs: number;
  /** The write that granted it. */
  readonly write: AcknowledgedWrite;
  /** Number of that write; those of renewals follow. */
  readonly number: number;
  readonly renew: (number: number, expiresAtMin: number) => Promise<RenewalResult>;
}

/** Renewals per lease. Four leave room for two lost ones and an outage of a third of the lease. */
const RENEWALS_PER_LEASE = 4;

/**
 * Keeps one of several leases in a row alive, and knows until when it surely is: counted from
 * before the last acknowledged write was sent, on two clocks, less a margin.
 */
export class LeaseKeeper {
  readonly #runtime: Runtime;
  readonly #kept: Kept;
  readonly #lost = new AbortController();
  readonly #stopped = new AbortController();
  #error: LeaseLostError | undefined;
  #validity: ReturnType<typeof validityOf>;
  #number: number;
  #acknowledged: number;
  #expiresAtMax: number;
  #failure: unknown;
  #expiry: Timer | undefined;

  constructor(runtime: Runtime, kept: Kept) {
    this.#runtime = runtime;
    this.#kept = kept;
    this.#validity = validityOf(kept.write);
    this.#number = kept.number;
    this.#acknowledged = kept.number;
    this.#expiresAtMax = kept.write.expiresAt ?? 0;
    if (!runtime.renews) return;
    this.#watchExpiry();
    void this.#keepRenewed();
  }

  /** Aborts, before the lease can end in the table, when it is lost. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  get lost(): LeaseLostError | undefined {
    // Where nothing renews no timer runs either, and this look is what notices the end.
    this.remainingMs();
    return this.#error;
  }

  /** Milliseconds for which the lease is surely valid; computed at each call, never a flag. */
  remainingMs(): number {
    if (this.#stopped.signal.aborted) return 0;
    const left = remainingMs(this.#validity, instantOf(this.#runtime.clock));
    if (left > 0) return left;
    this.#expire(-left);
    return 0;
  }

  /** The number for a write to the same entry. Larger than every one before. */
  nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }

  /** The row shows that what was held is not ours any more. */
  taken(detail: string): void {
    if (!this.#stopped.signal.aborted) this.#lose('taken', detail);
  }

  /** Ends renewals because the owner is about to give it up. */
  stop(): void {
    this.#expiry?.cancel();
    this.#stopped.abort();
  }

  async #renew(): Promise<boolean> {
    const number = this.nextNumber();
    const result = await this.#kept.renew(number, this.#expiresAtMax);
    switch (result.kind) {
      case 'renewed':
        this.#renewed(number, result.write);
        return true;
      case 'overtaken':
        return true;
      case 'gone':
        this.taken(result.detail);
        return true;
      case 'unanswered':
        // Neither a lost answer nor a failure says that the lease is gone. Only time does.
        this.#failure = errorOfFailure(`renewing ${this.#kept.name}`, result.failure);
        return false;
    }
  }

  #renewed(number: number, write: AcknowledgedWrite): void {
    this.#failure = undefined;
    // An older renewal's answer may come after a newer one's, and says less.
    if (number < this.#acknowledged) return;
    this.#acknowledged = number;
    this.#expiresAtMax = Math.max(this.#expiresAtMax, write.expiresAt ?? 0);
    if (this.#stopped.signal.aborted) return;
    this.#validity = validityOf(write);
    this.#watchExpiry();
  }

  async #keepRenewed(): Promise<void> {
    const { clock, random } = this.#runtime;
    const intervalMs = this.#kept.leaseMs / RENEWALS_PER_LEASE;
    // Spread: a process that took a thousand permits at once must not renew them all at once.
    let delayMs = intervalMs * (0.5 + random.fraction() / 2);
    let failures = 0;
    while (!this.#stopped.signal.aborted) {
      await sleep(clock, delayMs, this.#stopped.signal, { keepsProcessAlive: false });
      if (this.remainingMs() === 0) return;
      if (await this.#beat()) {
        failures = 0;
        delayMs = intervalMs * (0.9 + random.fraction() / 10);
      } else {
        delayMs = backoffMs(random, failures, { firstMs: 50, longestMs: intervalMs / 2 });
        failures += 1;
      }
    }
  }

  /** One renewal that cannot throw: no single error may end the heartbeat. */
  async #beat(): Promise<boolean> {
    try {
      return await this.#renew();
    } catch (error) {
      this.#failure = error;
      return false;
    }
  }

  #watchExpiry(): void {
    this.#expiry?.cancel();
    const left = this.remainingMs();
    if (left === 0) return;
    this.#expiry = this.#runtime.clock.startTimer(left, () => this.#watchExpiry());
  }

  #expire(lateMs: number): void {
    if (!this.#runtime.renews) {
      this.#lose('expired', 'the time it was granted for is over');
    } else if (this.#failure === undefined || lateMs > marginMs(this.#kept.leaseMs)) {
      this.#lose('paused', `this process stood still ${Math.round(lateMs)} ms past its safe end`);
    } else {
      const cause = this.#failure;
      const detail = cause instanceof Error ? cause.message : 'renewals failed';
      this.#lose('not-renewed', `renewals failed until its end was near: ${detail}`, cause);
    }
  }

  #lose(reason: LeaseLossReason, detail: string, cause?: unknown): void {
    const { name, token } = this.#kept;
    this.#error = new LeaseLostError(name, token, { reason, detail, cause });
    this.stop();
    this.#lost.abort(this.#error);
  }
}
