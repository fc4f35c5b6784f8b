import { sleep, type Timer } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import { instantOf } from '../core/table-clock.ts';
import { type LeaseLossReason, LeaseLostError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import type { Key } from '../store/value.ts';
import { judgeHolding } from './judge.ts';
import type { OwnershipRow } from './row.ts';
import type { AppliedAnswer, RowAnswer, RowClient } from './row-client.ts';
import type { Terms } from './terms.ts';
import { marginMs, remainingMs, validityOf } from './validity.ts';
import { type Holding, type RenewPurpose, renew } from './writes.ts';

/** Renewals per lease. Four leave room for two lost ones and an outage of a third of the lease. */
const RENEWALS_PER_LEASE = 4;

/** What a grant gave, once the table has acknowledged it. */
export interface LeaseGrant {
  readonly name: string;
  readonly id: string;
  /** The terms that the write which granted it was made for. */
  readonly terms: Terms;
  /** The table's answer to that write. */
  readonly answer: AppliedAnswer;
}

/**
 * - `held`: until the validity's end, which renewals move. Only this state renews.
 * - `stopped`: the owner has begun to give it up; no renewal starts any more.
 * - `lost`: it ended before its owner gave it up; the signal carries `error`.
 */
type LeaseState =
  | { readonly kind: 'held' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'lost'; readonly error: LeaseLostError };

/**
 * Ownership of one row under a lease that renews itself in the background. It believes in itself
 * only as long as nobody else can have been granted the row: counted from before the last
 * acknowledged write was sent, on two clocks, less a margin.
 */
export class Lease implements Holding {
  readonly name: string;
  readonly id: string;
  readonly token: number;
  readonly terms: Terms;
  readonly leaseMs: number;
  readonly key: Key;
  readonly #runtime: Runtime;
  readonly #client: RowClient;
  /** The leases that this one keeps alive. */
  readonly #riders = new Set<Lease>();
  readonly #ended = new AbortController();
  readonly #lostSignal = new AbortController();
  #state: LeaseState = { kind: 'held' };
  #isGivenAway = false;
  #mayBeat: () => boolean = () => true;
  #validity: ReturnType<typeof validityOf>;
  #renewalSent: number;
  #renewalAcknowledged: number;
  #expiresAtMax: number;
  #lastFailure: unknown;
  #expiry: Timer | undefined;

  constructor(runtime: Runtime, client: RowClient, grant: LeaseGrant) {
    const { terms, answer } = grant;
    const { row } = answer;
    const expiresAt = row.owner?.expiresAt;
    this.name = grant.name;
    this.id = grant.id;
    this.token = row.token;
    this.terms = terms;
    this.leaseMs = terms.leaseMs;
    this.key = client.key;
    this.#runtime = runtime;
    this.#client = client;
    this.#validity = validityOf({ ...answer, leaseMs: this.leaseMs, expiresAt });
    this.#renewalSent = row.owner?.renewals ?? 1;
    this.#renewalAcknowledged = this.#renewalSent;
    this.#expiresAtMax = expiresAt ?? 0;
    if (this.#session !== undefined) this.#session.#riders.add(this);
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
    if (this.#state.kind === 'held') this.remainingMs();
    return this.#state.kind === 'lost' ? this.#state.error : undefined;
  }

  /** Milliseconds for which the lease is surely valid; computed at each call, never a flag. */
  remainingMs(): number {
    if (this.#state.kind !== 'held') return 0;
    const left =
      this.#session?.remainingMs() ?? remainingMs(this.#validity, instantOf(this.#runtime.clock));
    if (left > 0) return left;
    this.#expire(-left);
    return 0;
  }

  /** Ends renewals because the owner is about to give the row up. */
  stop(): void {
    if (this.#state.kind === 'held') this.#end({ kind: 'stopped' });
  }

  /** Renews in the background only while `check` agrees, asked before each beat. */
  beatOnlyIf(check: () => boolean): void {
    this.#mayBeat = check;
  }

  /** Runs `work`, which gives the row to somebody else: that it is gone then is no loss. */
  async givingAway<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#isGivenAway = true;
    try {
      return await work();
    } finally {
      this.#isGivenAway = false;
    }
  }

  /** Renews now, for the given purpose. */
  async renew(purpose: RenewPurpose): Promise<RowAnswer> {
    this.#renewalSent += 1;
    const number = this.#renewalSent;
    const write = {
      key: this.key,
      id: this.id,
      token: this.token,
      number,
      leaseMs: this.leaseMs,
      time: this.#client.time(),
      session: this.#session?.id,
      expiresAtMin: this.#expiresAtMax,
      purpose,
    };
    const answer = await this.#client.write(renew(write));
    this.#digest(answer, number);
    return answer;
  }

  #digest(answer: RowAnswer, number: number): void {
    switch (answer.kind) {
      case 'applied': {
        this.#lastFailure = undefined;
        // An older renewal's answer may come after a newer one's, and says less.
        if (number < this.#renewalAcknowledged) return;
        this.#renewalAcknowledged = number;
        const expiresAt = answer.row.owner?.expiresAt;
        this.#expiresAtMax = Math.max(this.#expiresAtMax, expiresAt ?? 0);
        this.#validity = validityOf({ ...answer, leaseMs: this.leaseMs, expiresAt });
        if (this.#state.kind === 'held' && this.#renewsItself) this.#watchExpiry();
        return;
      }
      case 'refused':
        this.judge(answer.row);
        return;
      default:
        // Neither a lost answer nor a failure says that the lease is gone. Only time does.
        this.#lastFailure = errorOfFailure(`renewing ${this.name}`, answer.failure);
    }
  }

  /** Draws the consequences of a row that does not show this lease, or refused its renewal. */
  judge(row: OwnershipRow): void {
    const verdict = judgeHolding(row, this);
    // Refused, yet ours: a later renewal overtook this one.
    if (verdict.kind === 'held' || this.#state.kind !== 'held') return;
    if (verdict.kind === 'ended' && this.#isGivenAway) {
      this.stop();
    } else if (verdict.kind === 'ended') {
      // By our own hand, in a request whose answer never came: its sender does not know.
      const takenBy = row.owner?.label;
      this.#lose('taken', `${takenBy ?? 'nobody'} was given it by a request of ours`, { takenBy });
    } else if (verdict.by === undefined) {
      this.#lose('removed', 'its row has no owner any more; it was removed from outside');
    } else {
      const detail = `${verdict.by} was granted it with token ${row.token}`;
      this.#lose('taken', detail, { takenBy: verdict.by });
    }
  }

  async #keepRenewed(): Promise<void> {
    const { clock, random } = this.#runtime;
    const intervalMs = this.leaseMs / RENEWALS_PER_LEASE;
    // Spread: a process that took a thousand locks at once must not renew them all at once.
    // From a quarter on, because most holds are short and would renew for nothing.
    let delayMs = intervalMs * (0.25 + 0.75 * random.fraction());
    let failures = 0;
    while (this.#state.kind === 'held') {
      await sleep(clock, delayMs, this.#ended.signal, { keepsProcessAlive: false });
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
      if (!this.#mayBeat()) throw new Error('the program makes no progress, by its own account');
      const { kind } = await this.renew({ kind: 'beat' });
      return kind === 'applied' || kind === 'refused';
    } catch (error) {
      this.#lastFailure = error;
      return false;
    }
  }

  /** The lease that keeps this one alive, if it does not renew itself. */
  get #session(): Lease | undefined {
    return this.terms.session;
  }

  get #renewsItself(): boolean {
    return this.#runtime.renews && this.#session === undefined;
  }

  #watchExpiry(): void {
    this.#expiry?.cancel();
    const left = this.remainingMs();
    if (left === 0) return;
    this.#expiry = this.#runtime.clock.startTimer(left, () => this.#watchExpiry());
  }

  #expire(lateMs: number): void {
    if (this.#session !== undefined) {
      const cause = this.#session.lost;
      this.#lose('session-ended', 'the session that it was taken under has ended', { cause });
    } else if (!this.#runtime.renews) {
      this.#lose('expired', 'the time it was granted for is over');
    } else if (this.#lastFailure === undefined || lateMs > marginMs(this.leaseMs)) {
      this.#lose('paused', `this process stood still ${Math.round(lateMs)} ms past its safe end`);
    } else {
      const cause = this.#lastFailure;
      const detail = cause instanceof Error ? cause.message : 'renewals failed';
      this.#lose('not-renewed', `renewals failed until its end was near: ${detail}`, { cause });
    }
  }

  #lose(
    reason: LeaseLossReason,
    detail: string,
    more: { takenBy?: string | undefined; cause?: unknown } = {},
  ): void {
    const error = new LeaseLostError(this.name, this.token, { reason, detail, ...more });
    this.#end({ kind: 'lost', error });
    this.#lostSignal.abort(error);
  }

  #end(state: LeaseState): void {
    this.#state = state;
    this.#expiry?.cancel();
    this.#ended.abort();
    if (this.#session !== undefined) this.#session.#riders.delete(this);
    // Each looks at its session, finds it ended, and says so by its own signal.
    for (const rider of this.#riders) rider.remainingMs();
  }
}
