import type { LeaseLostError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import type { Key } from '../store/value.ts';
import { judgeHolding } from './judge.ts';
import { LeaseKeeper, type RenewalResult } from './keeper.ts';
import type { OwnershipRow } from './row.ts';
import type { AppliedAnswer, RowAnswer, RowClient } from './row-client.ts';
import type { Terms } from './terms.ts';
import type { AcknowledgedWrite } from './validity.ts';
import { type Holding, type RenewPurpose, renew } from './writes.ts';

/** Enough to find a circle by; a session's row must stay small. */
const WAITS_MAX = 4;

/** What a grant gave, once the table has acknowledged it. */
export interface LeaseGrant {
  readonly name: string;
  readonly id: string;
  /** The terms that the write which granted it was made for. */
  readonly terms: Terms;
  /** The table's answer to that write. */
  readonly answer: AppliedAnswer;
}

/** Ownership of one row, under a lease that renews itself in the background or under a session. */
export class Lease implements Holding {
  readonly name: string;
  readonly id: string;
  readonly token: number;
  readonly terms: Terms;
  readonly leaseMs: number;
  readonly key: Key;
  readonly #client: RowClient;
  /** What keeps it alive. */
  readonly keeper: LeaseKeeper;
  /** A session's: keys of the rows that are waited for under it, which its beats tell. */
  waits: string[] | undefined;
  #isGivenAway = false;

  constructor(runtime: Runtime, client: RowClient, grant: LeaseGrant) {
    const { name, id, terms, answer } = grant;
    const { token, owner } = answer.row;
    this.name = name;
    this.id = id;
    this.token = token;
    this.terms = terms;
    this.leaseMs = terms.leaseMs;
    this.key = client.key;
    this.#client = client;
    this.keeper = new LeaseKeeper(runtime, {
      name,
      token,
      leaseMs: this.leaseMs,
      number: owner?.renewals ?? 1,
      write: this.#acknowledged(answer),
      session: terms.session?.keeper,
      renew: async (number) => this.#resultOf(await this.#beat(number)),
    });
  }

  /** Aborts, before the lease can end in the table, when the lease is lost. */
  get signal(): AbortSignal {
    return this.keeper.signal;
  }

  /** The row as the newest answer showed it: that to a beat, as a rule. */
  get row(): OwnershipRow | undefined {
    return this.#client.last;
  }

  get lost(): LeaseLostError | undefined {
    return this.keeper.lost;
  }

  /** Milliseconds for which the lease is surely valid; computed at each call, never a flag. */
  remainingMs(): number {
    return this.keeper.remainingMs();
  }

  /** Ends renewals because the owner is about to give the row up. */
  stop(): void {
    this.keeper.stop();
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
    const number = this.keeper.nextNumber();
    const answer = await this.#send(number, purpose);
    this.keeper.learn(number, this.#resultOf(answer));
    return answer;
  }

  /** Draws the consequences of a row that was seen otherwise than by a renewal. */
  judge(row: OwnershipRow): void {
    this.keeper.learn(0, this.#verdictOf(row));
  }

  #beat(number: number): Promise<RowAnswer> {
    return this.#send(number, { kind: 'beat', waits: this.waits?.slice(0, WAITS_MAX) });
  }

  #send(number: number, purpose: RenewPurpose): Promise<RowAnswer> {
    return this.#client.write(
      renew({
        key: this.key,
        id: this.id,
        token: this.token,
        number,
        leaseMs: this.leaseMs,
        time: this.#client.time(),
        session: this.terms.session?.id,
        expiresAtMin: this.keeper.expiresAtMin,
        purpose,
      }),
    );
  }

  #resultOf(answer: RowAnswer): RenewalResult {
    switch (answer.kind) {
      case 'applied':
        return { kind: 'renewed', write: this.#acknowledged(answer) };
      case 'refused':
        return this.#verdictOf(answer.row);
      default:
        return { kind: 'unanswered', failure: answer.failure };
    }
  }

  #acknowledged(answer: AppliedAnswer): AcknowledgedWrite {
    return { ...answer, leaseMs: this.leaseMs, expiresAt: answer.row.owner?.expiresAt };
  }

  #verdictOf(row: OwnershipRow): RenewalResult {
    const verdict = judgeHolding(row, this);
    if (verdict.kind === 'held') return { kind: 'overtaken' };
    if (verdict.kind === 'ended' && this.#isGivenAway) return { kind: 'given-away' };
    if (verdict.kind === 'ended') {
      // By our own hand, in a request whose answer never came: its sender does not know.
      const takenBy = row.owner?.label;
      const detail = `${takenBy ?? 'nobody'} was given it by a request of ours`;
      return { kind: 'gone', reason: 'taken', detail, takenBy };
    }
    if (verdict.by === undefined) {
      const detail = 'its row has no owner any more; it was removed from outside';
      return { kind: 'gone', reason: 'removed', detail };
    }
    const detail = `${verdict.by} was granted it with token ${row.token}`;
    return { kind: 'gone', reason: 'taken', detail, takenBy: verdict.by };
  }
}
