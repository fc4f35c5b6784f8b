import { sleep } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import { HoldfastError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import type { Value } from '../store/value.ts';
import { claimMsOf } from './give-up.ts';
import { placeOf } from './judge.ts';
import { Lease } from './lease.ts';
import { msUntilNextLook } from './pace.ts';
import { planStep, type Step } from './plan.ts';
import { dequeue, enqueue, help, keepPlace } from './queue-writes.ts';
import type { Rhythm } from './rhythm.ts';
import { NO_ROW, type Owner, type OwnershipRow } from './row.ts';
import type { RowAnswer, RowClient } from './row-client.ts';
import { proposeToken } from './token.ts';
import { withdraw } from './withdraw.ts';
import { acquire, renew } from './writes.ts';

/** What the pursuer will do with the row once it is his. */
export interface Terms {
  readonly leaseMs: number;
  readonly value: Value | undefined;
}

export type PursuitResult =
  | { readonly kind: 'granted'; readonly lease: Lease }
  | { readonly kind: 'held-by-other'; readonly row: OwnershipRow }
  | { readonly kind: 'abandoned' };

export interface PursuitOptions {
  readonly name: string;
  /** The acquisition's id: fresh, or one that may be in the row already. */
  readonly id: string;
  /** `once`: answers at the first sight of a living owner. `until-granted`: waits in line. */
  readonly patience: 'once' | 'until-granted';
  /** Asked anew at each write: the waiter who started may have left, and another taken over. */
  readonly terms: () => Terms;
  readonly rhythm: Rhythm;
  readonly signal: AbortSignal;
}

/** A table that has not answered for this long is reported, not waited for. */
const UNAVAILABLE_MAX_MS = 30_000;
const UNAVAILABLE_ONCE_MS = 5_000;
/** How often a table may answer without saying what time it is. */
const CLOCKLESS_MAX = 8;
/** A place in the line is good for this long after it was taken or kept. */
const PLACE_MS = 10 * 60 * 1_000;
/** Refusals in a row before the next write waits: each may teach something, but not for ever. */
const REFUSALS_AT_SPEED = 3;

/**
 * One process's way to the ownership of a row: the loop that decides by `planStep`, writes and
 * looks. Its id is the acquisition's, so that it knows its own writes again in the row whatever
 * became of their answers.
 */
export class Pursuit {
  readonly #runtime: Runtime;
  readonly #client: RowClient;
  readonly #options: PursuitOptions;
  readonly #id: string;
  #refusals = 0;
  #clockless = 0;
  #failures = 0;
  #failingSinceMs: number | undefined;
  /** Whether a request of ours has, or may have, put our id into the row. */
  #mayBeInRow = false;

  constructor(runtime: Runtime, client: RowClient, options: PursuitOptions) {
    this.#runtime = runtime;
    this.#client = client;
    this.#options = options;
    this.#id = options.id;
  }

  /** Pursues until granted, told to stop, or (patience `once`) refused. Leaves no place behind. */
  async run(): Promise<PursuitResult> {
    try {
      const result = await this.#pursue();
      if (result.kind !== 'granted' && this.#mayBeInRow)
        await withdraw(this.#runtime, this.#client, this.#id);
      return result;
    } catch (error) {
      if (this.#mayBeInRow)
        await withdraw(this.#runtime, this.#client, this.#id).catch(() => undefined);
      throw error;
    }
  }

  async #pursue(): Promise<PursuitResult> {
    const { patience, signal } = this.#options;
    const once = patience === 'once';
    let row: OwnershipRow | undefined = this.#client.last ?? NO_ROW;
    for (let turn = 0; !signal.aborted; turn += 1) {
      row ??= await this.#read(true);
      if (row === undefined) continue;
      const step = this.#plan(row);
      // What we remember may be old. A try asks the table itself, in the request that would take it.
      const asksFirst = once && turn === 0 && step.kind !== 'help';
      if (once && !asksFirst && isHeld(step)) return { kind: 'held-by-other', row };
      const taken: Lease | OwnershipRow | undefined =
        asksFirst && isHeld(step)
          ? await this.#acquire(row, ACQUIRE_FREE)
          : await this.#take(step, row);
      if (taken instanceof Lease) return { kind: 'granted', lease: taken };
      if (once && step.kind === 'help' && taken) return { kind: 'held-by-other', row: taken };
      row = taken;
    }
    return { kind: 'abandoned' };
  }

  #plan(row: OwnershipRow): Step {
    return planStep(this.#id, {
      row,
      time: this.#client.time(),
      silent: this.#client.isSilent(row),
    });
  }

  /** Takes one step. The lease when it grants one, else the row as seen now; `undefined`: unknown. */
  #take(step: Step, row: OwnershipRow): Promise<Lease | OwnershipRow | undefined> {
    switch (step.kind) {
      case 'acquire':
        return this.#acquire(row, step);
      case 'confirm':
        return this.#confirm(row, step.owner);
      case 'help':
        return this.#help(row, step);
      case 'enqueue':
        return this.#enqueue(row, step.owner);
      case 'wait':
        return this.#wait(row, step);
    }
  }

  async #acquire(row: OwnershipRow, step: Step & { kind: 'acquire' }) {
    const time = this.#client.time();
    if (time === undefined && row.token === 0) return this.#learnTime();
    const { leaseMs, value } = this.#options.terms();
    this.#mayBeInRow = true;
    const answer = await this.#client.write(
      acquire({
        key: this.#client.key,
        id: this.#id,
        token: proposeToken(time, row.token),
        label: this.#runtime.label,
        seenDead: step.seenDead,
        expiredQueue: step.expiredQueue,
        leaseMs,
        time,
        value,
      }),
    );
    if (answer.kind !== 'applied') return this.#digest(answer);
    return this.#grant(answer, leaseMs);
  }

  /**
   * Makes a grant ours by a renewal, and dates the lease from that. The row says that we were granted
   * it, not when: a hand-over may be as old as our last look, and an acquire whose answer was
   * lost as old as its first send.
   */
  async #confirm(row: OwnershipRow, owner: Owner) {
    const { leaseMs, value } = this.#options.terms();
    const answer = await this.#client.write(
      renew({
        key: this.#client.key,
        id: this.#id,
        token: row.token,
        number: owner.renewals + 1,
        leaseMs,
        time: this.#client.time(),
        expiresAtMin: owner.expiresAt ?? 0,
        purpose: { kind: 'activate', value },
      }),
    );
    if (answer.kind !== 'applied') return this.#digest(answer);
    this.#options.rhythm.note(-1, this.#runtime.clock.monotonicMs());
    const duplicate = placeOf(answer.row, this.#id);
    // An enqueue that was sent twice left a second place; the row would come back to nobody.
    if (duplicate >= 0) await this.#client.write(dequeue(this.#client.key, duplicate, this.#id));
    return this.#grant(answer, leaseMs);
  }

  /** The lease; or, if the answer was longer under way than it lasts, the row, to confirm again. */
  #grant(answer: RowAnswer & { kind: 'applied' }, leaseMs: number): Lease | OwnershipRow {
    const { row } = answer;
    const write = { ...answer, leaseMs, expiresAt: row.owner?.expiresAt };
    const grant = { name: this.#options.name, id: this.#id, leaseMs, row, write };
    const lease = new Lease(this.#runtime, this.#client, grant);
    return lease.remainingMs() > 0 ? lease : row;
  }

  async #help(row: OwnershipRow, step: Step & { kind: 'help' }) {
    const time = this.#client.time();
    const token = proposeToken(time, row.token);
    const claimMs = claimMsOf(step.dead.leaseMs);
    const request = help(this.#client.key, { row, ...step }, { claimMs, token, time });
    return this.#digest(await this.#client.write(request));
  }

  async #enqueue(row: OwnershipRow, owner: Owner) {
    this.#mayBeInRow = true;
    const entry = { id: this.#id, label: this.#runtime.label, until: this.#placeUntil() };
    const answer = await this.#client.write(enqueue(this.#client.key, entry, row, owner));
    if (answer.kind === 'applied') {
      const nowMs = this.#runtime.clock.monotonicMs();
      this.#options.rhythm.begin(placeOf(answer.row, this.#id), nowMs);
    }
    return this.#digest(answer);
  }

  async #wait(row: OwnershipRow, { place, owner }: Step & { kind: 'wait' }) {
    const { clock, random } = this.#runtime;
    const { rhythm, signal } = this.#options;
    if (place !== undefined) rhythm.note(place, clock.monotonicMs());
    if (place !== undefined && this.#isPlaceOld(row, place)) return this.#keepPlace(place);
    const lookMs = msUntilNextLook({
      place,
      stillMs: rhythm.stillMs(clock.monotonicMs()),
      msPerGrant: rhythm.msPerGrant,
      claimMs: claimMsOf(owner.leaseMs),
      fraction: random.fraction(),
    });
    await sleep(clock, Math.min(lookMs, 1 + this.#client.untilSilentMs(row)), signal);
    if (signal.aborted) return row;
    const seen = await this.#read(false);
    // A replica may not have our place yet. To join again on its word would be to stand in line twice.
    const missing = seen !== undefined && place !== undefined && isMissing(seen, this.#id);
    return missing ? this.#read(true) : seen;
  }

  #isPlaceOld(row: OwnershipRow, place: number): boolean {
    const until = row.queue[place]?.until;
    const time = this.#client.time();
    return until !== undefined && time !== undefined && until - time.latest < PLACE_MS / 2;
  }

  async #keepPlace(place: number) {
    const until = this.#placeUntil();
    if (until === undefined) return this.#read(true);
    const request = keepPlace(this.#client.key, place, this.#id, until);
    return this.#digest(await this.#client.write(request));
  }

  #placeUntil(): number | undefined {
    const time = this.#client.time();
    return time && Math.ceil(time.latest + PLACE_MS);
  }

  /** Nothing is known of the row, and nothing safe can be proposed without the time. */
  async #learnTime() {
    this.#clockless += 1;
    if (this.#clockless <= CLOCKLESS_MAX) {
      if (this.#clockless > 1) await this.#pause(this.#clockless);
      return this.#read(true);
    }
    throw new HoldfastError(
      'clock-unknown',
      `${this.#options.name}: no answer of table ${this.#runtime.store.table} carries a usable ` +
        'Date header; expected one from every DynamoDB endpoint. Is a proxy in between?',
    );
  }

  async #read(consistent: boolean): Promise<OwnershipRow | undefined> {
    const reading = await this.#client.read(consistent);
    if (reading.kind === 'failed') return this.#digest(reading);
    this.#failingSinceMs = undefined;
    return reading.row;
  }

  /** The row that an answer shows, after the pause that it asks for; `undefined`: look again. */
  async #digest(answer: RowAnswer): Promise<OwnershipRow | undefined> {
    switch (answer.kind) {
      case 'applied':
        this.#refusals = 0;
        this.#failingSinceMs = undefined;
        return answer.row;
      case 'refused':
        this.#refusals += 1;
        this.#failingSinceMs = undefined;
        if (this.#refusals > REFUSALS_AT_SPEED) await this.#pause(this.#refusals);
        return answer.row;
      default: {
        const nowMs = this.#runtime.clock.monotonicMs();
        this.#failingSinceMs ??= nowMs;
        const { retryable } = answer.failure;
        const gone = nowMs - this.#failingSinceMs > this.#unavailableMaxMs();
        if (gone || (!retryable && answer.failure.reason !== 'aborted')) {
          throw errorOfFailure(`acquiring ${this.#options.name}`, answer.failure);
        }
        this.#failures += 1;
        await this.#pause(this.#failures);
        return undefined;
      }
    }
  }

  #unavailableMaxMs(): number {
    return this.#options.patience === 'once' ? UNAVAILABLE_ONCE_MS : UNAVAILABLE_MAX_MS;
  }

  #pause(number: number): Promise<void> {
    const { clock, random } = this.#runtime;
    return sleep(clock, backoffMs(random, number), this.#options.signal);
  }
}

const ACQUIRE_FREE: Step & { kind: 'acquire' } = {
  kind: 'acquire',
  seenDead: undefined,
  expiredQueue: [],
};

function isHeld(step: Step): boolean {
  return step.kind === 'enqueue' || step.kind === 'wait';
}

function isMissing(row: OwnershipRow, id: string): boolean {
  return row.owner !== undefined && row.owner.id !== id && placeOf(row, id) < 0;
}
