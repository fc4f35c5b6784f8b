import { sleep } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import { Patience } from '../lease/patience.ts';
import type { Runtime } from '../runtime.ts';
import { answerWithin } from '../store/answer-within.ts';
import type { Attributes } from '../store/attribute.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import type {
  ItemGetResult,
  ItemQuery,
  ItemQueryResult,
  ItemStore,
  ItemWrite,
  ItemWriteResult,
} from '../store/item-store.ts';
import type {
  ItemsGetResult,
  ItemTransaction,
  ItemTransactionResult,
} from '../store/item-transaction.ts';
import type { StoreFailure } from '../store/store.ts';
import type { Place } from './operation.ts';

/** For how long tables that do not answer are asked again. */
const UNAVAILABLE_MAX_MS = 5_000;

/** How a write ended that was repeated until its ending was certain. */
export type Insisted =
  | { readonly kind: 'applied' }
  | { readonly kind: 'refused'; readonly item: Attributes | undefined }
  /** It has not taken effect, or nobody can tell. */
  | { readonly kind: 'failed'; readonly failure: StoreFailure };

/** The way of one instance to the tables: with its time limit, and again where that is harmless. */
export class Gateway {
  readonly runtime: Runtime;
  readonly #items: ItemStore;

  constructor(runtime: Runtime, items: ItemStore) {
    this.runtime = runtime;
    this.#items = items;
  }

  /** @throws HoldfastError when the table does not answer in time, or not usefully */
  async read(place: Place, signal?: AbortSignal | undefined): Promise<Attributes | undefined> {
    const patience = this.patience(`reading ${place.table}`, signal);
    for (;;) {
      signal?.throwIfAborted();
      const result = await this.#call<ItemGetResult>(
        (inner) => this.#items.get(place, { signal: inner }),
        (failure) => ({ kind: 'failed', failure }),
        signal,
      );
      if (result.kind === 'found') return result.item;
      if (result.kind === 'missing') return undefined;
      signal?.throwIfAborted();
      await patience.failure(result.failure);
    }
  }

  /**
   * Up to 100 items as they are at one moment, once no native transaction is at work on any of
   * them; `unsupported`: the engine has no native requests.
   *
   * @throws as {@link read}
   */
  async readTogether(
    places: readonly Place[],
    signal?: AbortSignal | undefined,
  ): Promise<readonly (Attributes | undefined)[] | 'unsupported'> {
    const patience = this.patience(`reading ${places[0]?.table}`, signal);
    for (;;) {
      signal?.throwIfAborted();
      const result = await this.#call<ItemsGetResult>(
        (inner) => this.#items.transactGet(places, { signal: inner }),
        (failure) => ({ kind: 'failed', failure }),
        signal,
      );
      if (result.kind === 'read') return result.items;
      signal?.throwIfAborted();
      const { failure } = result;
      if (isWithoutNative(failure)) return 'unsupported';
      await patience.failure(failure);
    }
  }

  /** All pages. @throws as {@link read} */
  async query(
    request: ItemQuery,
    signal?: AbortSignal | undefined,
  ): Promise<{ readonly items: readonly Attributes[]; readonly pages: number }> {
    const patience = this.patience(`querying ${request.table}`, signal);
    const items: Attributes[] = [];
    let pages = 0;
    let after: Attributes | undefined;
    for (;;) {
      signal?.throwIfAborted();
      const page: ItemQuery = { ...request, after };
      const result = await this.#call<ItemQueryResult>(
        (inner) => this.#items.query(page, { signal: inner }),
        (failure) => ({ kind: 'failed', failure }),
        signal,
      );
      if (result.kind === 'failed') {
        signal?.throwIfAborted();
        await patience.failure(result.failure);
        continue;
      }
      patience.answered();
      items.push(...result.items);
      pages += 1;
      after = result.next;
      if (after === undefined) return { items, pages };
    }
  }

  /** One attempt. */
  write(request: ItemWrite, signal?: AbortSignal | undefined): Promise<ItemWriteResult> {
    return this.#call<ItemWriteResult>(
      (inner) => this.#items.write(request, { signal: inner }),
      (failure) => ({ kind: 'unknown', failure }),
      signal,
    );
  }

  /** One attempt at several items as one. Nobody's signal counts: its outcome has to be known. */
  transactWrite(request: ItemTransaction): Promise<ItemTransactionResult> {
    return this.#call<ItemTransactionResult>(
      (inner) => this.#items.transactWrite(request, { signal: inner }),
      (failure) => ({ kind: 'unknown', failure }),
      undefined,
    );
  }

  /** Repeats a write until its ending is certain: for writes whose repetition changes nothing. */
  async insist(request: ItemWrite): Promise<Insisted> {
    const { clock, random } = this.runtime;
    const deadlineMs = clock.monotonicMs() + UNAVAILABLE_MAX_MS;
    for (let number = 0; ; number += 1) {
      const result = await this.write(request);
      if (result.kind === 'applied' || result.kind === 'refused') return result;
      const { failure } = result;
      if (!failure.retryable || clock.monotonicMs() > deadlineMs)
        return { kind: 'failed', failure };
      await sleep(clock, backoffMs(random, number));
    }
  }

  patience(title: string, signal?: AbortSignal | undefined): Patience {
    const { closing } = this.runtime;
    return new Patience(this.runtime, title, signal ?? closing, UNAVAILABLE_MAX_MS);
  }

  #call<Result>(
    start: (signal: AbortSignal) => Promise<Result>,
    giveUp: (failure: StoreFailure) => Result,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const { clock, requestTimeoutMs } = this.runtime;
    return answerWithin(clock, { timeoutMs: requestTimeoutMs, start, giveUp, parent: signal });
  }
}

/**
 * Whether the engine as a whole has no native requests, so that nobody can make any. A table of a
 * kind that has none says so as well, but others beside it may have them: that is an error.
 */
export function isWithoutNative({ reason, cause }: StoreFailure): boolean {
  const isOfOneTable = cause instanceof Error && cause.name === 'ValidationException';
  return reason === 'unsupported' && !isOfOneTable;
}

/** @throws HoldfastError always: the failure, as users know failures */
export function raise(operation: string, failure: StoreFailure): never {
  throw errorOfFailure(operation, failure);
}
