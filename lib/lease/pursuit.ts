import { sleep } from '../core/clock.ts';
import type { Runtime } from '../runtime.ts';
import { sameValue } from '../store/document.ts';
import { claimMsOf, giveUp } from './give-up.ts';
import { placeOf } from './judge.ts';
import { followLate, type LateAttempt, lateWith } from './late-attempt.ts';
import { Lease } from './lease.ts';
import { msUntilNextLook } from './pace.ts';
import { Patience } from './patience.ts';
import { isMissing, isPlaceOld, placeUntil } from './place.ts';
import { ACQUIRE_FREE, isHeld, planStep, type Step } from './plan.ts';
import { Progress } from './progress.ts';
import type { PursuitOptions, PursuitResult } from './pursuit-options.ts';
import { dequeue, enqueue, help, keepPlace } from './queue-writes.ts';
import { NO_ROW, type Owner, type OwnershipRow } from './row.ts';
import type { AppliedAnswer, RowAnswer, RowClient } from './row-client.ts';
import { SessionOver, type Terms } from './terms.ts';
import { proposeToken } from './token.ts';
import { withdraw } from './withdraw.ts';
import { acquire, renew } from './writes.ts';

/** A table that has not answered for this long is reported, not waited for. */
export const UNAVAILABLE_MAX_MS = { once: 5_000, 'until-granted': 30_000 };

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
  readonly #patience: Patience;
  readonly #progress: Progress;
  /** Whether a request of ours has, or may have, put our id into the row. */
  #mayBeInRow: boolean;
  #late: LateAttempt | undefined;

  constructor(runtime: Runtime, client: RowClient, options: PursuitOptions) {
    const { id, name, signal, patience } = options;
    this.#runtime = runtime;
    this.#client = client;
    this.#options = options;
    this.#id = id;
    this.#mayBeInRow = options.isInherited;
    this.#progress = new Progress(options.rhythm, runtime.clock.monotonicMs());
    this.#patience = new Patience(runtime, name, signal, UNAVAILABLE_MAX_MS[patience]);
  }

  /** Pursues until granted, told to stop, or (patience `once`) refused. Leaves no place behind. */
  async run(): Promise<PursuitResult> {
    try {
      const result = await (this.#options.patience === 'once' ? this.#try() : this.#wait());
      if (result.kind !== 'granted') await this.#leave();
      return result;
    } catch (error) {
      // What was granted under a session that is over is given back, too.
      if (error instanceof SessionOver) this.#mayBeInRow = true;
      await this.#leave().catch(() => undefined);
      throw error;
    }
  }

  async #try(): Promise<PursuitResult> {
    const remembered = this.#client.last ?? NO_ROW;
    let step = await this.#plan(remembered);
    // What we remember may be old: ask the table, in the very request that would take the lock.
    if (isHeld(step)) step = ACQUIRE_FREE;
    let row = remembered;
    while (!this.#options.signal.aborted) {
      const taken = await this.#take(step, row);
      if (taken instanceof Lease) return { kind: 'granted', lease: taken };
      const seen = taken ?? (await this.#read(true));
      if (seen === undefined) continue;
      row = seen;
      step = await this.#plan(row);
      if (isHeld(step)) return { kind: 'held-by-other', row };
    }
    return { kind: 'abandoned' };
  }

  async #wait(): Promise<PursuitResult> {
    let row: OwnershipRow | undefined = this.#client.last ?? NO_ROW;
    while (!this.#options.signal.aborted) {
      row ??= await this.#read(true);
      if (row === undefined) continue;
      const taken: Lease | OwnershipRow | undefined = await this.#take(await this.#plan(row), row);
      if (taken instanceof Lease) return { kind: 'granted', lease: taken };
      row = taken;
    }
    return { kind: 'abandoned' };
  }

  async #leave(): Promise<void> {
    const [runtime, client, id] = [this.#runtime, this.#client, this.#id];
    followLate(runtime, this.#late, async () => {
      await withdraw(runtime, client, id);
      return client.last?.token;
    });
    if (this.#mayBeInRow) await withdraw(runtime, client, id);
  }

  async #plan(row: OwnershipRow): Promise<Step> {
    const client = this.#client;
    const { id, name, sessions, patience } = this.#options;
    const waiting = patience === 'once' ? undefined : { pk: client.key.pk, token: row.token, id };
    const silent = row.owner?.id !== id && (await sessions.isOwnerDead(name, client, row, waiting));
    return planStep(id, { row, time: client.time(), silent });
  }

  /**
   * Takes one step. The lease when it grants one, else the row as seen now; `undefined`: unknown.
   */
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
        return this.#look(row, step);
    }
  }

  async #acquire(row: OwnershipRow, step: Step & { kind: 'acquire' }) {
    const time = this.#client.time();
    if (time === undefined && row.token === 0) {
      await this.#patience.clocklessness();
      return this.#read(true);
    }
    const terms = this.#options.terms();
    const { leaseMs, value, session } = terms;
    const asked = { id: this.#id, token: proposeToken(time, row.token) };
    const answer = await this.#client.write(
      acquire({
        session: session?.id,
        key: this.#client.key,
        ...asked,
        label: this.#runtime.label,
        seenDead: step.seenDead,
        expiredQueue: step.expiredQueue,
        leaseMs,
        time,
        value,
      }),
    );
    if (answer.kind === 'unknown') this.#late = lateWith(this.#late, session, asked.token);
    if (answer.kind !== 'applied') return this.#digest(answer);
    return this.#grant(answer, terms);
  }

  /**
   * Makes a grant ours by a renewal, and dates the lease from that. The row says that we were
   * granted it, not when: a hand-over may be as old as our last look, and an acquire whose answer
   * was lost as old as its first send.
   */
  async #confirm(row: OwnershipRow, owner: Owner) {
    const terms = this.#options.terms();
    const { leaseMs, value, session } = terms;
    this.#progress.granted(this.#client.seenAtMs);
    if (row.value !== undefined && value !== undefined && !sameValue(row.value, value)) {
      // Published for a waiter who has left since. A term says one thing under one version: this
      // one ends, and the next is for the waiter who is first now.
      const holding = { key: this.#client.key, id: this.#id, token: row.token, leaseMs };
      await giveUp(this.#runtime, this.#client, holding);
      return this.#read(true);
    }
    const answer = await this.#client.write(
      renew({
        key: this.#client.key,
        id: this.#id,
        token: row.token,
        number: owner.renewals + 1,
        leaseMs,
        time: this.#client.time(),
        session: session?.id,
        expiresAtMin: owner.expiresAt ?? 0,
        purpose: { kind: 'activate', value },
      }),
    );
    if (answer.kind !== 'applied') return this.#digest(answer);
    const duplicate = placeOf(answer.row, this.#id);
    // An enqueue that was sent twice left a second place; the row would come back to nobody.
    if (duplicate >= 0) await this.#client.write(dequeue(this.#client.key, duplicate, this.#id));
    return this.#grant(answer, terms);
  }

  /** The lease; or, if the answer was longer under way than it lasts, the row, to confirm again. */
  #grant(answer: AppliedAnswer, terms: Terms): Lease | OwnershipRow {
    const grant = { name: this.#options.name, id: this.#id, terms, answer };
    const lease = new Lease(this.#runtime, this.#client, grant);
    if (lease.remainingMs() > 0) return lease;
    // Confirming it again and again would never give it a session that lives.
    if (terms.session?.remainingMs() === 0) throw new SessionOver(terms.session);
    return answer.row;
  }

  async #help(row: OwnershipRow, step: Step & { kind: 'help' }) {
    const time = this.#client.time();
    const token = proposeToken(time, row.token);
    const claimMs = claimMsOf(step.dead.leaseMs);
    const request = help(this.#client.key, { row, ...step }, { claimMs, token, time });
    return this.#digest(await this.#client.write(request));
  }

  async #enqueue(row: OwnershipRow, owner: Owner) {
    const entry = {
      id: this.#id,
      label: this.#runtime.label,
      until: placeUntil(this.#client.time()),
      session: this.#options.terms().session?.id,
    };
    const answer = await this.#client.write(enqueue(this.#client.key, entry, row, owner));
    if (answer.kind === 'applied') {
      this.#mayBeInRow = true;
      const isGrantFresh = owner.renewals === 0;
      this.#progress.joined(placeOf(answer.row, this.#id), this.#client.seenAtMs, isGrantFresh);
    }
    return this.#digest(answer);
  }

  async #look(row: OwnershipRow, { place, owner }: Step & { kind: 'wait' }) {
    const { clock, random } = this.#runtime;
    const { rhythm, signal } = this.#options;
    const progress = this.#progress;
    if (place !== undefined) progress.seen(place, this.#client.seenAtMs);
    const time = this.#client.time();
    if (place !== undefined && isPlaceOld(row, place, time)) {
      const until = placeUntil(time);
      return this.#digest(
        await this.#client.write(keepPlace(this.#client.key, place, this.#id, until)),
      );
    }
    const lookMs = msUntilNextLook({
      place: progress.place,
      stillMs: progress.stillMs(clock.monotonicMs()),
      msPerGrant: rhythm.msPerGrant,
      roundTripMs: this.#client.roundTripMs,
      claimMs: claimMsOf(owner.leaseMs),
      fraction: random.fraction(),
    });
    await sleep(clock, Math.min(lookMs, 1 + this.#client.untilSilentMs(row)), signal);
    if (signal.aborted) return row;
    const seen = await this.#read(false);
    // A replica may not have our place yet. To join again on its word would be to stand in line
    // twice.
    const missing = seen !== undefined && place !== undefined && isMissing(seen, this.#id);
    return missing ? this.#read(true) : seen;
  }

  async #read(consistent: boolean): Promise<OwnershipRow | undefined> {
    const reading = await this.#client.read(consistent);
    if (reading.kind === 'failed') return this.#digest(reading);
    this.#patience.answered();
    return reading.row;
  }

  /** The row that an answer shows, after the pause that it asks for; `undefined`: look again. */
  async #digest(answer: RowAnswer): Promise<OwnershipRow | undefined> {
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
}
