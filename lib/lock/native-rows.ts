import { type Instant, instantOf } from '../core/table-clock.ts';
import type { Runtime } from '../runtime.ts';
import { answerWithin } from '../store/answer-within.ts';
import type { ItemStore } from '../store/item-store.ts';
import type { ItemTransactionResult } from '../store/item-transaction.ts';
import type { StoreFailure, StoreFailureReason } from '../store/store.ts';
import type { LocksRequest } from './locks-request.ts';

/** What one attempt at a request came to, and when it was sent. */
export type NativeAnswer = ItemTransactionResult & { readonly sent: Instant };

/** After these it is in vain to try again: no engine learns it, and few policies change. */
const LASTING: readonly StoreFailureReason[] = ['unsupported', 'access-denied'];

/** A way to change several rows of the table by one request. */
export class NativeRows {
  readonly #items: ItemStore;
  readonly #underWay = new Set<Promise<unknown>>();
  #isLacking = false;

  constructor(items: ItemStore) {
    this.#items = items;
  }

  /** Whether a request has shown that there are none: by the engine, the table or its policy. */
  get isLacking(): boolean {
    return this.#isLacking;
  }

  /** One attempt, with the time limit of all requests; its answer teaches the table clock. */
  async send(
    { clock, tableClock, requestTimeoutMs: timeoutMs }: Runtime,
    { id, parts }: LocksRequest,
  ): Promise<NativeAnswer> {
    const sent = instantOf(clock);
    const work = answerWithin<ItemTransactionResult>(clock, {
      timeoutMs,
      start: (signal) => this.#items.transactWrite({ parts, token: id }, { signal }),
      onAnswer: ({ dateMs }) => {
        if (dateMs !== undefined) tableClock.observe({ sent, received: instantOf(clock), dateMs });
      },
      giveUp: (failure) => ({ kind: 'unknown', failure }),
      // Nobody's signal counts: what it came to has to be known.
      parent: undefined,
    });
    this.#underWay.add(work);
    const result = await work.finally(() => this.#underWay.delete(work));
    if (result.kind === 'failed' && isLasting(result.failure)) this.#isLacking = true;
    return { ...result, sent };
  }

  /** Resolves when no request is under way any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }
}

function isLasting({ reason, retryable }: StoreFailure): boolean {
  return !retryable && LASTING.includes(reason);
}
