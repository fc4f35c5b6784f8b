import { sleep } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import { isHoldfastError } from '../errors.ts';
import type { ItemTransactionResult } from '../store/item-transaction.ts';
import type { StoreFailure } from '../store/store.ts';
import { Conflict, FenceLostError, OutcomeUnknownError } from './errors.ts';
import { type Gateway, raise } from './gateway.ts';
import type { ItemLock } from './lock.ts';
import type { NativePlan } from './native-plan.ts';
import { judgeCancellation, judgeTrace, type Verdict } from './native-verdict.ts';
import type { Place } from './operation.ts';
import type { Party, Resolver } from './resolver.ts';

/**
 * How long after the first request another one may be sent. The service remembers a token for ten
 * minutes after it took effect, and refuses requests that were signed five minutes ago.
 */
const RESEND_MAX_MS = 5 * 60_000;
/** How often another native request may be in the way before the function runs again. */
const BUSY_MAX = 8;
const BUSY_BACKOFF = { firstMs: 5, longestMs: 100 };

export interface NativeParts {
  readonly gateway: Gateway;
  readonly resolver: Resolver;
  readonly party: Party;
  readonly id: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * A transaction in one native request, repeated until its outcome is certain. Requests of which one
 * went unanswered all have the same token, so that however many arrive, one takes effect; after one
 * that was answered by a cancellation the next begins anew.
 */
export class NativeCommit {
  readonly #parts: NativeParts;
  readonly #plan: NativePlan;
  /** Whether a request that was sent may still take effect, or has. */
  #isInDoubt = false;
  #tokens = 0;
  #busy = 0;
  #firstSentAt: { readonly monotonicMs: number; readonly wallMs: number } | undefined;

  constructor(parts: NativeParts, plan: NativePlan) {
    this.#parts = parts;
    this.#plan = plan;
  }

  /** @throws Conflict when it certainly did not happen, OutcomeUnknownError, FenceLostError */
  async run(): Promise<void> {
    const { gateway, id, signal } = this.#parts;
    const { items, fence } = this.#plan;
    const checks = fence === undefined ? [] : [fence];
    const parts = [...items.map(({ part }) => part), ...checks];
    const patience = gateway.patience(`transaction ${id}`);
    for (;;) {
      if (!this.#isInDoubt) signal?.throwIfAborted();
      if (this.#isTooLate()) return this.#lookForTraces();
      const token = `${id}-${this.#tokens}`;
      const result = await gateway.transactWrite({ parts, token });
      if (result.kind === 'applied') return;
      if (result.kind === 'unknown') this.#isInDoubt = true;
      try {
        if (await this.#isOver(result, (failure) => patience.failure(failure))) return;
      } catch (cause) {
        const isCertain = cause instanceof FenceLostError || cause instanceof Conflict;
        if (!this.#isInDoubt || isCertain) throw cause;
        return this.#lookForTraces(cause);
      }
    }
  }

  /** Whether it is committed after all; otherwise it may be sent again. */
  async #isOver(
    result: Exclude<ItemTransactionResult, { readonly kind: 'applied' }>,
    wait: (failure: StoreFailure) => Promise<void>,
  ): Promise<boolean> {
    if (result.kind !== 'cancelled') {
      await wait(result.failure);
      return false;
    }
    // All that was sent is accounted for, so the next one need not be taken for the same.
    if (!this.#isInDoubt) this.#tokens += 1;
    const verdict = judgeCancellation(this.#plan, result.reasons);
    if (verdict === undefined) await wait(CANCELLED);
    else if (verdict.kind === 'committed') return true;
    else await this.#heed(verdict, wait);
    return false;
  }

  /** Gets out of the way what can be, and throws for what can not. */
  async #heed(
    verdict: Exclude<Verdict, { readonly kind: 'committed' }>,
    wait: (failure: StoreFailure) => Promise<void>,
  ): Promise<void> {
    const { gateway, resolver, party, id, signal } = this.#parts;
    switch (verdict.kind) {
      case 'invalid':
        return raise(`transaction ${id}`, verdict.failure);
      case 'fence-lost':
        throw new FenceLostError(verdict.row);
      case 'overtaken':
        throw new Conflict(verdict.place);
      case 'changed':
        // A request that is still under way could meet the key without an item once more.
        if (this.#isInDoubt) return wait(CANCELLED);
        throw new Conflict(verdict.place);
      case 'locked':
        if (!this.#isInDoubt) {
          await resolver.clear(verdict.place, verdict.lock, party, signal);
          return;
        }
        await this.#clearInDoubt(verdict.place, verdict.lock);
        return wait(CANCELLED);
      case 'busy': {
        if (this.#isInDoubt || verdict.failure.reason !== 'conflict') return wait(verdict.failure);
        this.#busy += 1;
        if (this.#busy > BUSY_MAX) throw new Conflict(verdict.place);
        const { clock, random } = gateway.runtime;
        return sleep(clock, backoffMs(random, this.#busy, BUSY_BACKOFF), signal);
      }
    }
  }

  /** Whoever has the lock may win; that does not tell what became of our own request. */
  async #clearInDoubt(place: Place, lock: ItemLock): Promise<void> {
    const { resolver, party } = this.#parts;
    await resolver.clear(place, lock, party, undefined).catch((cause: unknown) => {
      if (!(cause instanceof Conflict)) throw cause;
    });
  }

  /** On both clocks, for a machine that was suspended stops one of them. */
  #isTooLate(): boolean {
    const { clock } = this.#parts.gateway.runtime;
    const now = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
    if (!this.#isInDoubt) this.#firstSentAt = now;
    const { monotonicMs, wallMs } = this.#firstSentAt ?? now;
    return now.monotonicMs - monotonicMs > RESEND_MAX_MS || now.wallMs - wallMs > RESEND_MAX_MS;
  }

  /** What written items say when nothing can be sent any more. */
  async #lookForTraces(cause?: unknown): Promise<void> {
    const { gateway, id } = this.#parts;
    const unknown = (why: unknown) => new OutcomeUnknownError(id, why);
    for (const item of this.#plan.items) {
      if (!item.isWritten) continue;
      const now = await gateway.read(item.place).catch((error: unknown) => {
        throw unknown(isHoldfastError(error) ? error : cause);
      });
      const trace = judgeTrace(item, now);
      if (trace === 'committed') return;
      if (trace === 'overtaken') throw new Conflict(item.place);
    }
    throw unknown(cause);
  }
}

const CANCELLED: StoreFailure = {
  reason: 'conflict',
  retryable: true,
  message: 'cancelled while an earlier request may still be under way',
};
