import { type Instant, instantOf } from '../core/table-clock.ts';
import { Lease } from '../lease/lease.ts';
import type { OwnershipLine } from '../lease/line.ts';
import { Patience } from '../lease/patience.ts';
import { ACQUIRE_FREE, isHeld, planStep, type Step } from '../lease/plan.ts';
import { UNAVAILABLE_MAX_MS } from '../lease/pursuit.ts';
import type { PursuitOptions } from '../lease/pursuit-options.ts';
import { NO_ROW, type OwnershipRow } from '../lease/row.ts';
import type { Terms } from '../lease/terms.ts';
import type { Runtime } from '../runtime.ts';
import type { StoreFailure } from '../store/store.ts';
import { disown } from './locks-doubt.ts';
import {
  type LockAim,
  type LocksRequest,
  locksRequest,
  refusingRow,
  writtenItem,
} from './locks-request.ts';
import type { NativeAnswer, NativeRows } from './native-rows.ts';

/** One of the locks that were granted together. */
export interface LockGrant {
  readonly line: OwnershipLine;
  readonly lease: Lease;
}

/** What an attempt at several locks by one request came to. */
export type LocksAttemptResult =
  /** In the order of the locks. */
  | { readonly kind: 'granted'; readonly grants: readonly LockGrant[] }
  /** Somebody alive holds one of them, or waits for it: the first such. */
  | { readonly kind: 'held-by-other'; readonly index: number; readonly row: OwnershipRow }
  /** One request can't do it, or does not tell why: it takes one for each lock. */
  | { readonly kind: 'one-by-one' };

export interface LocksAttemptParts {
  readonly runtime: Runtime;
  readonly native: NativeRows;
  readonly lines: readonly OwnershipLine[];
  readonly terms: Terms;
  readonly title: string;
  readonly patience: PursuitOptions['patience'];
  readonly signal: AbortSignal;
}

type Cancelled = NativeAnswer & { readonly kind: 'cancelled' };

const ONE_BY_ONE = { kind: 'one-by-one' } as const;
/** How often other requests may be at work on the rows before each is asked for by itself. */
const BUSY_MAX = 4;

/**
 * One way to several locks: a native request, repeated until it is known what became of it. One
 * that stayed unanswered is sent again as it was, so that the service takes all copies for one.
 * What can't be found out is undone: no copy takes effect any more.
 */
export class LocksAttempt {
  readonly #parts: LocksAttemptParts;
  readonly #patience: Patience;
  /** A request that may have taken effect, or still may, although no answer said so. */
  #doubtful: { readonly request: LocksRequest; readonly sent: Instant } | undefined;
  #busy = 0;

  constructor(parts: LocksAttemptParts) {
    const { runtime, title, signal, patience } = parts;
    this.#parts = parts;
    this.#patience = new Patience(runtime, title, signal, UNAVAILABLE_MAX_MS[patience]);
  }

  /** @throws HoldfastError, the signal's reason; nothing is held then */
  async run(): Promise<LocksAttemptResult> {
    try {
      return await this.#try();
    } finally {
      const { runtime, lines, terms } = this.#parts;
      const doubtful = this.#doubtful;
      if (doubtful !== undefined) await disown(runtime, lines, doubtful.request, terms);
    }
  }

  async #try(): Promise<LocksAttemptResult> {
    const { runtime, native, signal } = this.#parts;
    for (;;) {
      signal.throwIfAborted();
      if (this.#isTooLate()) return ONE_BY_ONE;
      const request = this.#doubtful?.request ?? (await this.#next());
      if (request === undefined) return ONE_BY_ONE;
      const answer = await native.send(runtime, request);
      const sent = this.#doubtful?.sent ?? answer.sent;
      if (answer.kind === 'applied') return this.#granted(request, sent, answer);
      if (answer.kind === 'unknown') this.#doubtful = { request, sent };
      if (answer.kind === 'failed' && !answer.failure.retryable) return ONE_BY_ONE;
      const ending =
        answer.kind === 'cancelled'
          ? await this.#judge(request, sent, answer)
          : await this.#wait(answer.failure);
      if (ending !== undefined) return ending;
    }
  }

  /** What asks for all the locks, as far as they are known; `undefined`: no one request does. */
  async #next(): Promise<LocksRequest | undefined> {
    const { runtime, lines, terms } = this.#parts;
    const { tableClock, random, label, store } = runtime;
    // A process that does not know the time looks first: the answer shows it.
    if (tableClock.now() === undefined) await lines[0]?.client.read(true);
    const aims: LockAim[] = [];
    for (const line of lines) {
      const { key, last: row = NO_ROW } = line.client;
      const planned = await this.#plan(line, row);
      // What is remembered may be old: the table is asked.
      const step = isHeld(planned) ? ACQUIRE_FREE : planned;
      if (step.kind !== 'acquire' || step.expiredQueue.length > 0) return undefined;
      aims.push({ key, row, seenDead: step.seenDead });
    }
    const time = tableClock.now();
    if (time === undefined) return undefined;
    return locksRequest(aims, { id: random.id(), table: store.table, label, time, terms });
  }

  async #plan({ name, client, sessions }: OwnershipLine, row: OwnershipRow): Promise<Step> {
    const silent = await sessions.isOwnerDead(name, client, row);
    // Nobody has this id: which rows are ours is decided before.
    return planStep('', { row, time: client.time(), silent });
  }

  /** What a cancellation comes to; `undefined`: try again. */
  async #judge(
    request: LocksRequest,
    sent: Instant,
    answer: Cancelled,
  ): Promise<LocksAttemptResult | undefined> {
    let held: LocksAttemptResult | undefined;
    let busy: StoreFailure | undefined;
    let isUnreadable = false;
    for (const [index, reason] of answer.reasons.entries()) {
      const line = this.#parts.lines[index];
      if (line === undefined || reason.kind === 'none') continue;
      if (reason.kind === 'failed') {
        if (!reason.failure.retryable) return ONE_BY_ONE;
        busy ??= reason.failure;
        continue;
      }
      const refusing = refusingRow(reason.item);
      isUnreadable ||= refusing === undefined;
      if (refusing === undefined) continue;
      const row = line.client.note(refusing.item, answer.sent.monotonicMs);
      // An earlier copy has taken effect, too long ago for the service to know.
      if (row.owner?.id === request.id) return this.#granted(request, sent, answer);
      if (held === undefined && isHeld(await this.#plan(line, row))) {
        held = { kind: 'held-by-other', index, row };
      }
    }
    if (held !== undefined) return held;
    if (isUnreadable) return ONE_BY_ONE;
    if (busy !== undefined) return this.#wait(busy);
    // One of the rows has changed: what is under way asks for it as it was.
    if (this.#doubtful !== undefined) return ONE_BY_ONE;
    await this.#patience.refusal();
    return undefined;
  }

  /** The pause that a failure asks for; a result when it is one too many. */
  async #wait(failure: StoreFailure): Promise<LocksAttemptResult | undefined> {
    if (failure.reason === 'conflict') this.#busy += 1;
    if (this.#busy > BUSY_MAX) return ONE_BY_ONE;
    await this.#patience.failure(failure);
    return undefined;
  }

  /** The leases, from before the first copy was sent; nothing of them if they are over by now. */
  async #granted(
    { id, parts }: LocksRequest,
    sent: Instant,
    answer: NativeAnswer,
  ): Promise<LocksAttemptResult> {
    this.#doubtful = undefined;
    const { runtime, lines, terms } = this.#parts;
    // What a later copy's answer says of the time, as one to the first would have said it.
    const laterMs = answer.sent.monotonicMs - sent.monotonicMs;
    const dateMs = answer.dateMs === undefined ? undefined : answer.dateMs - laterMs;
    const grants = lines.map((line, index): LockGrant => {
      const { client, name } = line;
      const part = parts[index];
      const row = client.note(part && writtenItem(part), sent.monotonicMs);
      const applied = { kind: 'applied', row, sent, dateMs } as const;
      const lease = new Lease(runtime, client, { name, id, terms, answer: applied });
      line.keep(lease);
      return { line, lease };
    });
    const { closing } = runtime;
    const isValid = grants.every(({ lease }) => lease.remainingMs() > 0);
    if (isValid && !closing.aborted) return { kind: 'granted', grants };
    await Promise.all(grants.map(({ line, lease }) => line.release(lease)));
    closing.throwIfAborted();
    // Where it is the session that is over, asking for the first by itself tells so.
    return ONE_BY_ONE;
  }

  /** Whether what a copy would still be granted is not worth sending it. On both clocks. */
  #isTooLate(): boolean {
    const { runtime, terms } = this.#parts;
    const now = instantOf(runtime.clock);
    const { monotonicMs, wallMs } = this.#doubtful?.sent ?? now;
    const elapsedMs = Math.max(now.monotonicMs - monotonicMs, now.wallMs - wallMs);
    return elapsedMs > terms.leaseMs / 2;
  }
}
