import { sleep } from '../core/clock.ts';
import { HoldfastError } from '../errors.ts';
import { type LateAttempt, lateWith } from '../lease/late-attempt.ts';
import type { Lease } from '../lease/lease.ts';
import { Patience } from '../lease/patience.ts';
import type { RecordAnswer, RecordClient } from '../lease/record-client.ts';
import { endOf } from '../lease/terms.ts';
import { proposeToken } from '../lease/token.ts';
import type { Runtime } from '../runtime.ts';
import { PermitLease } from './permit-lease.ts';
import type { PoolMemory } from './pool-memory.ts';
import { msUntilLook } from './pool-pace.ts';
import { type PoolRefusal, type PoolStep, type PoolWish, planPoolStep } from './pool-plan.ts';
import { dropHead, joinPool, leavePool } from './pool-queue.ts';
import { NO_POOL, type PoolHolder, type PoolRow, poolPlaceOf } from './pool-row.ts';
import { createPool, reap, renewPermits, take } from './pool-writes.ts';

export interface PoolTerms extends PoolWish {
  readonly name: string;
  readonly leaseMs: number;
  /** What keeps the grant alive, instead of renewals of its own. */
  readonly session: Lease | undefined;
  /** `once`: answers when others are first. `until-granted`: waits in line. */
  readonly patience: 'once' | 'until-granted';
  readonly signal: AbortSignal;
}

/** Finds out which sessions of a row's holders have ended, and tells the memory. */
export type SessionJudge = (row: PoolRow) => Promise<void>;

export type PoolResult =
  | { readonly kind: 'granted'; readonly lease: PermitLease }
  | { readonly kind: 'busy'; readonly row: PoolRow }
  | { readonly kind: 'abandoned' };

/** A table that has not answered for this long is reported, not waited for. */
const UNAVAILABLE_MAX_MS = { once: 5_000, 'until-granted': 30_000 };
const TAKE_FREE: PoolStep = { kind: 'take', place: undefined, dead: [] };
const REFUSALS: Record<PoolRefusal, string> = {
  'count-mismatch': 'another process has declared another number of permits',
  'over-limit': 'there are fewer permits than asked for',
  'holders-full': 'as many hold permits as the row has room for',
};

/**
 * One acquisition's way to its permits: the loop that decides by `planPoolStep`, writes and looks.
 * Its id is the acquisition's, so that it knows its own writes again in the row whatever became
 * of their answers.
 */
export class PoolPursuit {
  readonly #runtime: Runtime;
  readonly #client: RecordClient<PoolRow>;
  readonly #memory: PoolMemory;
  readonly #judgeSessions: SessionJudge;
  readonly #terms: PoolTerms;
  readonly #patience: Patience;
  readonly #beganMs: number;
  /** Whether a request of ours has, or may have, put our id into the row. */
  #mayBeInRow = false;
  #late: LateAttempt | undefined;

  constructor(
    runtime: Runtime,
    client: RecordClient<PoolRow>,
    memory: PoolMemory,
    judgeSessions: SessionJudge,
    terms: PoolTerms,
  ) {
    const { name, signal, patience } = terms;
    this.#runtime = runtime;
    this.#client = client;
    this.#memory = memory;
    this.#judgeSessions = judgeSessions;
    this.#terms = terms;
    this.#patience = new Patience(runtime, name, signal, UNAVAILABLE_MAX_MS[patience]);
    this.#beganMs = runtime.clock.monotonicMs();
  }

  /** What may still arrive, of requests without an answer. */
  get late(): LateAttempt | undefined {
    return this.#late;
  }

  get mayBeInRow(): boolean {
    return this.#mayBeInRow;
  }

  async run(): Promise<PoolResult> {
    const { patience, signal } = this.#terms;
    let row = this.#client.last;
    let isFirst = true;
    while (!signal.aborted) {
      if (row === undefined && (!isFirst || this.#client.time() === undefined)) {
        isFirst = false;
        row = await this.#read(true);
        continue;
      }
      const step = await this.#nextStep(row, isFirst);
      isFirst = false;
      if (step.kind === 'refuse') throw this.#refusal(step.why);
      const blocked = step.kind === 'wait' || step.kind === 'join';
      if (patience === 'once' && blocked) return { kind: 'busy', row: row ?? NO_POOL };
      const taken = await this.#take(step, row ?? NO_POOL);
      if (taken instanceof PermitLease) return { kind: 'granted', lease: taken };
      row = taken;
    }
    return { kind: 'abandoned' };
  }

  /** What we remember may be old: a request that would take is the first look at the table. */
  async #nextStep(row: PoolRow | undefined, isFirst: boolean): Promise<PoolStep> {
    if (row === undefined) return TAKE_FREE;
    const step = this.#plan(row);
    const isBlocked = step.kind === 'wait' || step.kind === 'join';
    const isOnce = this.#terms.patience === 'once';
    if (isFirst && ((isBlocked && isOnce) || step.kind === 'refuse')) return TAKE_FREE;
    if (!isBlocked && step.kind !== 'refuse') return step;
    await this.#judgeSessions(row);
    return this.#plan(row);
  }

  #plan(row: PoolRow): PoolStep {
    const nowMs = this.#runtime.clock.monotonicMs();
    return planPoolStep(this.#terms, {
      row,
      time: this.#client.time(),
      isSilent: (holder) => this.#memory.isSilent(holder, nowMs),
      isHeadIdle: this.#memory.isHeadIdle(nowMs),
    });
  }

  /** The lease when a step grants it, else the row as seen now; `undefined`: look again. */
  #take(step: PoolStep, row: PoolRow): Promise<PermitLease | PoolRow | undefined> {
    switch (step.kind) {
      case 'create':
        return this.#acquire(row, undefined);
      case 'take':
        return this.#acquire(row, step);
      case 'confirm':
        return this.#confirm(step.holder);
      case 'drop':
        return this.#write(dropHead(this.#client.key, step.head));
      case 'reap':
        return this.#write(reap(this.#client.key, step.dead, this.#client.time()));
      case 'join':
        return this.#join(row);
      case 'wait':
        return this.#look(row, step.place);
      case 'refuse':
        throw this.#refusal(step.why);
    }
  }

  async #acquire(row: PoolRow, step: (PoolStep & { kind: 'take' }) | undefined) {
    const time = this.#client.time();
    if (time === undefined && row.token === 0) {
      await this.#patience.clocklessness();
      return this.#read(true);
    }
    const { key } = this.#client;
    const { id, permits, declared, leaseMs } = this.#terms;
    const token = proposeToken(time, row.token);
    const label = this.#runtime.label.slice(0, 32);
    const lasting = { leaseMs, time, session: this.#terms.session?.id };
    const write = { key, id, label, permits, declared, token, ...lasting };
    const seen = step === TAKE_FREE ? NO_POOL : row;
    const answer = await this.#client.write(
      step === undefined ? createPool(write) : take({ ...write, seen, ...step }),
    );
    if (answer.kind === 'applied') return this.#grant(answer);
    if (answer.kind === 'unknown') this.#late = lateWith(this.#late, this.#terms.session, token);
    return this.#digest(answer);
  }

  /**
   * Makes a grant ours by a renewal, and dates the lease from that: the row says that we were
   * granted it, not when.
   */
  async #confirm({ renewals, expiresAt = 0, token }: PoolHolder) {
    const { id, leaseMs } = this.#terms;
    const time = this.#client.time();
    const number = renewals + 1;
    const session = this.#terms.session?.id;
    const renewal = { key: this.#client.key, id, leaseMs, time, session, number, token };
    const request = renewPermits({ ...renewal, expiresAtMin: expiresAt });
    const answer = await this.#client.write(request);
    return answer.kind === 'applied' ? this.#grant(answer) : this.#digest(answer);
  }

  /** The lease; or, if the answer was longer under way than it lasts, the row, to confirm again. */
  async #grant(
    answer: RecordAnswer<PoolRow> & { kind: 'applied' },
  ): Promise<PermitLease | PoolRow> {
    this.#mayBeInRow = true;
    const { name, id, leaseMs, session } = this.#terms;
    const duplicate = poolPlaceOf(answer.row, id);
    // A join that was sent twice left a second place, which nobody would ever take up.
    if (duplicate >= 0) await this.#client.write(leavePool(this.#client.key, duplicate, id));
    const grant = { name, id, leaseMs, session, answer };
    const lease = new PermitLease(this.#runtime, this.#client, grant);
    if (lease.keeper.remainingMs() > 0) return lease;
    // Confirming it again and again would never give it a session that lives.
    if (session?.remainingMs() === 0) throw endOf(session);
    return answer.row;
  }

  #join(row: PoolRow) {
    const { id, permits } = this.#terms;
    const waiter = { id, permits, label: this.#runtime.label.slice(0, 32) };
    this.#mayBeInRow = true;
    return this.#write(joinPool(this.#client.key, waiter, row));
  }

  async #look(row: PoolRow, place: number | undefined) {
    const { clock, random } = this.#runtime;
    const nowMs = clock.monotonicMs();
    const stillMs = nowMs - this.#beganMs;
    const lookMs = msUntilLook({ place, stillMs, fraction: random.fraction() });
    const { signal, id } = this.#terms;
    await sleep(clock, Math.min(lookMs, 1 + this.#memory.untilDeathMs(row, nowMs)), signal);
    if (signal.aborted) return row;
    const seen = await this.#read(false);
    // A replica may not have our place yet. To join again on its word would be to wait twice.
    const isMissing = place !== undefined && seen?.queue.every((each) => each.id !== id) === true;
    return isMissing ? this.#read(true) : seen;
  }

  async #write(request: Parameters<RecordClient<PoolRow>['write']>[0]) {
    return this.#digest(await this.#client.write(request));
  }

  async #read(consistent: boolean): Promise<PoolRow | undefined> {
    const reading = await this.#client.read(consistent);
    if (reading.kind === 'failed') return this.#digest(reading);
    this.#patience.answered();
    return reading.row;
  }

  /** The row that an answer shows, after the pause that it asks for; `undefined`: look again. */
  async #digest(answer: RecordAnswer<PoolRow>): Promise<PoolRow | undefined> {
    switch (answer.kind) {
      case 'applied':
        this.#patience.progress();
        return answer.row;
      case 'refused':
        await this.#patience.refusal();
        return answer.row;
      case 'unknown':
        this.#mayBeInRow = true;
        await this.#patience.failure(answer.failure);
        return undefined;
      case 'failed':
        await this.#patience.failure(answer.failure);
        return undefined;
    }
  }

  #refusal(why: PoolRefusal): HoldfastError {
    const { name, permits, declared } = this.#terms;
    const row = this.#client.last;
    const code = why === 'over-limit' ? 'invalid-argument' : why;
    const has = `the row has ${row?.limit}, declared as ${row?.declared}`;
    return new HoldfastError(
      code,
      `${name}: ${REFUSALS[why]}: asked for ${permits} of ${declared}; ${has}`,
    );
  }
}
