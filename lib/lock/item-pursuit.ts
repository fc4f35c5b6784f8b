import { sleep } from '../core/clock.ts';
import { type LateAttempt, lateWith } from '../lease/late-attempt.ts';
import { Patience } from '../lease/patience.ts';
import type { SessionWatch } from '../lease/session-watch.ts';
import { endOf, type Terms } from '../lease/terms.ts';
import { proposeToken } from '../lease/token.ts';
import type { Runtime } from '../runtime.ts';
import type { ItemAnswer, ItemClient } from './item-client.ts';
import { ItemLease } from './item-lease.ts';
import { type ItemStep, planItemStep } from './item-plan.ts';
import type { ItemRow } from './item-row.ts';
import { renewItem, takeItem, takeKey } from './item-writes.ts';
import { msUntilLook } from './pool-pace.ts';

export interface ItemPursuitOptions {
  readonly name: string;
  readonly terms: Terms;
  readonly sessions: SessionWatch;
  /** `once`: answers at the first sight of a living holder. */
  readonly patience: 'once' | 'until-granted';
  readonly signal: AbortSignal;
}

export type ItemPursuitResult =
  | { readonly kind: 'granted'; readonly lease: ItemLease }
  | { readonly kind: 'held-by-other'; readonly row: ItemRow }
  | { readonly kind: 'abandoned' };

const UNAVAILABLE_MAX_MS = { once: 5_000, 'until-granted': 30_000 };
const TAKE_FREE: ItemStep = { kind: 'take', dead: undefined };

/**
 * One acquisition's way to an item. Each of its requests has an id of its own, so that one which
 * arrives when everything is over cannot be taken for the hold that there was.
 */
export class ItemPursuit {
  /** What the ids of its requests begin with. */
  readonly id: string;
  readonly #runtime: Runtime;
  readonly #client: ItemClient;
  readonly #options: ItemPursuitOptions;
  readonly #patience: Patience;
  readonly #beganMs: number;
  #requests = 0;
  #mayBeInItem = false;
  #late: LateAttempt | undefined;

  constructor(runtime: Runtime, client: ItemClient, options: ItemPursuitOptions) {
    const { name, patience, signal } = options;
    this.id = runtime.random.id();
    this.#runtime = runtime;
    this.#client = client;
    this.#options = options;
    this.#patience = new Patience(runtime, name, signal, UNAVAILABLE_MAX_MS[patience]);
    this.#beganMs = runtime.clock.monotonicMs();
  }

  /** Whether a request of ours may have taken the item, or still may. */
  get mayBeInItem(): boolean {
    return this.#mayBeInItem;
  }

  /** What may still arrive, of requests without an answer. */
  get late(): LateAttempt | undefined {
    return this.#late;
  }

  isOurs(id: string): boolean {
    return id.startsWith(`${this.id}.`);
  }

  async run(): Promise<ItemPursuitResult> {
    const { patience, signal } = this.#options;
    let row = this.#client.last;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      let step = await this.#plan(row);
      // What we remember may be old: ask the table, in the very request that would take the item.
      if (isFirst && step.kind === 'wait' && patience === 'once') step = TAKE_FREE;
      if (step.kind === 'wait' && row !== undefined && patience === 'once') {
        return { kind: 'held-by-other', row };
      }
      const taken = await this.#take(step, row);
      if (taken instanceof ItemLease) return { kind: 'granted', lease: taken };
      row = taken ?? (await this.#read());
    }
    return { kind: 'abandoned' };
  }

  async #plan(row: ItemRow | undefined): Promise<ItemStep> {
    const isOurs = (id: string) => this.isOurs(id);
    const time = this.#client.time();
    const step = planItemStep(isOurs, { row, time, isDead: false });
    if (step.kind !== 'wait' || row === undefined || row.inTransaction) return step;
    return planItemStep(isOurs, { row, time, isDead: await this.#isDead(row) });
  }

  #isDead(row: ItemRow): Promise<boolean> | boolean {
    const session = row.ownership.owner?.session;
    return session === undefined
      ? this.#client.isSilent(row)
      : this.#options.sessions.isDead(session);
  }

  /** The lease when a step grants it, else the item as seen now; `undefined`: look again. */
  #take(step: ItemStep, row: ItemRow | undefined): Promise<ItemLease | ItemRow | undefined> {
    switch (step.kind) {
      case 'read':
        return this.#read();
      case 'take':
      case 'take-key':
        return this.#acquire(step, row);
      case 'confirm':
        return this.#confirm(step);
      case 'wait':
        return this.#look(row);
    }
  }

  async #acquire(step: ItemStep & { kind: 'take' | 'take-key' }, row: ItemRow | undefined) {
    const time = this.#client.time();
    const last = row?.ownership.token ?? 0;
    if (time === undefined && last === 0) {
      await this.#patience.clocklessness();
      return this.#read();
    }
    this.#requests += 1;
    const id = `${this.id}.${this.#requests}`;
    const take = {
      ...this.#lasting(),
      id,
      token: proposeToken(time, Math.max(last, this.#client.tokenMax)),
      since: time && Math.floor(time.latest),
      lastToken: time === undefined ? last : undefined,
      dead: step.kind === 'take' ? step.dead : undefined,
    };
    const { place } = this.#client;
    const request = step.kind === 'take' ? takeItem(place, take) : takeKey(place, take);
    const answer = await this.#client.write(request);
    if (answer.kind === 'applied') return this.#grant(answer, id);
    if (answer.kind === 'unknown') {
      this.#late = lateWith(this.#late, this.#options.terms.session, take.token);
    }
    return this.#digest(answer);
  }

  /** Makes a grant ours by a renewal, and dates the lease from that: the item says not when. */
  async #confirm({ owner }: ItemStep & { kind: 'confirm' }) {
    const { place, last } = this.#client;
    const { id, renewals, expiresAt = 0, ownedSince: since } = owner;
    const terms = { ...this.#lasting(), id, token: last?.ownership.token ?? 0, since };
    const answer = await this.#client.write(renewItem(place, terms, renewals + 1, expiresAt));
    return answer.kind === 'applied' ? this.#grant(answer, id) : this.#digest(answer);
  }

  /** The lease; or, if its answer was under way for longer than it lasts, the item. */
  #grant(answer: ItemAnswer & { kind: 'applied' }, id: string): ItemLease | ItemRow {
    this.#mayBeInItem = true;
    const { name, terms } = this.#options;
    const lease = new ItemLease(this.#runtime, this.#client, { name, id, terms, answer });
    if (lease.keeper.remainingMs() > 0) return lease;
    // Confirming it again and again would never give it a session that lives.
    if (terms.session?.remainingMs() === 0) throw endOf(terms.session);
    return answer.row;
  }

  async #look(row: ItemRow | undefined) {
    const { clock, random } = this.#runtime;
    const stillMs = clock.monotonicMs() - this.#beganMs;
    const lookMs = msUntilLook({ place: 0, stillMs, fraction: random.fraction() });
    const silentMs = row === undefined ? 0 : 1 + this.#client.untilSilentMs(row);
    await sleep(clock, row?.inTransaction ? lookMs : Math.min(lookMs, silentMs), this.#signal);
    return this.#signal.aborted ? row : this.#read();
  }

  async #read(): Promise<ItemRow | undefined> {
    if (this.#signal.aborted) return undefined;
    return this.#digest(await this.#client.read());
  }

  /** The item that an answer shows, after the pause that it asks for; `undefined`: look again. */
  async #digest(answer: ItemAnswer): Promise<ItemRow | undefined> {
    switch (answer.kind) {
      case 'applied':
      case 'read':
        this.#patience.answered();
        return answer.row;
      case 'refused':
        await this.#patience.refusal();
        return answer.row;
      case 'unknown':
        this.#mayBeInItem = true;
        await this.#patience.failure(answer.failure);
        return undefined;
      case 'failed':
        await this.#patience.failure(answer.failure);
        return undefined;
    }
  }

  #lasting() {
    const { leaseMs, session } = this.#options.terms;
    const { label } = this.#runtime;
    return { label, leaseMs, time: this.#client.time(), session: session?.id };
  }

  get #signal(): AbortSignal {
    return this.#options.signal;
  }
}
