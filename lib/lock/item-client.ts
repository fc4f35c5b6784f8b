import { type Instant, instantOf, type TableTime } from '../core/table-clock.ts';
import { SilenceObserver } from '../lease/silence.ts';
import type { Runtime } from '../runtime.ts';
import { answerWithin } from '../store/answer-within.ts';
import type { Attributes } from '../store/attribute.ts';
import type { ItemGetResult, ItemStore, ItemWrite, ItemWriteResult } from '../store/item-store.ts';
import type { Answer, StoreFailure } from '../store/store.ts';
import { type ItemRow, parseItemRow } from './item-row.ts';
import type { LockedPlace } from './item-writes.ts';

/** What a request for a lockable item came to. */
export type ItemAnswer =
  | AppliedItem
  | { readonly kind: 'refused' | 'read'; readonly row: ItemRow }
  | { readonly kind: 'failed' | 'unknown'; readonly failure: StoreFailure };

/** The answer to a write that took effect. */
export interface AppliedItem {
  readonly kind: 'applied';
  readonly row: ItemRow;
  /** Just before the request was sent: where leases begin. */
  readonly sent: Instant;
  readonly dateMs: number | undefined;
}

/** One item of a user's as this process talks to its table and remembers it. */
export class ItemClient {
  readonly place: LockedPlace;
  readonly #runtime: Runtime;
  readonly #items: ItemStore;
  readonly #silence = new SilenceObserver();
  #last: ItemRow | undefined;
  #tokenMax = 0;

  constructor(runtime: Runtime, items: ItemStore, place: LockedPlace) {
    this.place = place;
    this.#runtime = runtime;
    this.#items = items;
  }

  /** The item as the newest answer showed it, if there was one. It may have changed since. */
  get last(): ItemRow | undefined {
    return this.#last;
  }

  /** The largest token seen, also in an item that is gone. */
  get tokenMax(): number {
    return this.#tokenMax;
  }

  /** The table's time, if known. */
  time(): TableTime | undefined {
    return this.#runtime.tableClock.now();
  }

  /** Whether this process has seen the holder in `row` silent for its whole lease. */
  isSilent({ ownership }: ItemRow): boolean {
    return this.#silence.isSilent(ownership, this.#runtime.clock.monotonicMs());
  }

  untilSilentMs({ ownership }: ItemRow): number {
    return this.#silence.untilSilentMs(ownership, this.#runtime.clock.monotonicMs());
  }

  /** One attempt. */
  async write(request: ItemWrite): Promise<ItemAnswer> {
    const sent = instantOf(this.#runtime.clock);
    const result = await this.#call<ItemWriteResult>(
      sent,
      (signal) => this.#items.write(request, { signal }),
      (failure) => ({ kind: 'unknown', failure }),
    );
    if (result.kind === 'refused') return { kind: 'refused', row: this.#note(result.item) };
    if (result.kind !== 'applied') return result;
    const { dateMs } = result;
    return { kind: 'applied', row: this.#note(result.item), sent, dateMs };
  }

  /** One attempt, consistent. */
  async read(): Promise<ItemAnswer> {
    const result = await this.#call<ItemGetResult>(
      instantOf(this.#runtime.clock),
      (signal) => this.#items.get(this.place, { signal }),
      (failure) => ({ kind: 'failed', failure }),
    );
    if (result.kind === 'failed') return result;
    return { kind: 'read', row: this.#note(result.kind === 'found' ? result.item : undefined) };
  }

  #note(item: Attributes | undefined): ItemRow {
    const row = parseItemRow(item);
    this.#silence.note(row.ownership, this.#runtime.clock.monotonicMs());
    this.#last = row;
    this.#tokenMax = Math.max(this.#tokenMax, row.ownership.token);
    return row;
  }

  /** With the time limit of all requests; every answer teaches the table clock. */
  #call<Result extends Answer>(
    sent: Instant,
    start: (signal: AbortSignal) => Promise<Result>,
    giveUp: (failure: StoreFailure) => Result,
  ): Promise<Result> {
    const { clock, tableClock, requestTimeoutMs: timeoutMs } = this.#runtime;
    const onAnswer = ({ dateMs }: Answer) => {
      if (dateMs !== undefined) tableClock.observe({ sent, received: instantOf(clock), dateMs });
    };
    return answerWithin(clock, { timeoutMs, start, onAnswer, giveUp, parent: undefined });
  }
}
