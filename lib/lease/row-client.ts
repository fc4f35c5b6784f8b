import { type Instant, instantOf, type TableTime } from '../core/table-clock.ts';
import type { Runtime } from '../runtime.ts';
import type { StoreFailure, UpdateRequest } from '../store/store.ts';
import type { Item, Key } from '../store/value.ts';
import { type OwnershipRow, parseOwnershipRow } from './row.ts';
import { SilenceObserver } from './silence.ts';

/** What a request for an ownership row came to. */
export type RowAnswer =
  | AppliedAnswer
  | { readonly kind: 'refused'; readonly row: OwnershipRow }
  | { readonly kind: 'failed'; readonly failure: StoreFailure }
  | { readonly kind: 'unknown'; readonly failure: StoreFailure };

/** The answer to a write that took effect. */
export interface AppliedAnswer {
  readonly kind: 'applied';
  readonly row: OwnershipRow;
  /** Just before the request was sent: where leases begin. */
  readonly sent: Instant;
  readonly dateMs: number | undefined;
}

export type RowReading =
  | { readonly kind: 'read'; readonly row: OwnershipRow }
  | { readonly kind: 'failed'; readonly failure: StoreFailure };

/** By how much one answer may raise the estimate of the round trip. */
const ROUND_TRIP_GROWTH = 1.25;

/** One ownership row as this process talks to it and remembers it. */
export class RowClient {
  readonly key: Key;
  readonly #runtime: Runtime;
  readonly #silence = new SilenceObserver();
  #last: OwnershipRow | undefined;
  #seenAtMs: number;
  #roundTripMs: number;

  constructor(runtime: Runtime, key: Key) {
    this.#runtime = runtime;
    this.key = key;
    this.#seenAtMs = runtime.clock.monotonicMs();
    this.#roundTripMs = runtime.requestTimeoutMs;
  }

  /** The row as the newest answer showed it, if there was one. It may have changed since. */
  get last(): OwnershipRow | undefined {
    return this.#last;
  }

  /** When the table looked at the row for the newest answer, on the monotonic clock: half way. */
  get seenAtMs(): number {
    return this.#seenAtMs;
  }

  /** The way to the table and back, when nothing is in it. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  async write(request: UpdateRequest): Promise<RowAnswer> {
    const sent = instantOf(this.#runtime.clock);
    const result = await this.#runtime.store.write(request);
    if (result.kind === 'applied' || result.kind === 'refused') this.#time(sent.monotonicMs);
    switch (result.kind) {
      case 'applied':
        return { kind: 'applied', row: this.#note(result.item), sent, dateMs: result.dateMs };
      case 'refused':
        return { kind: 'refused', row: this.#note(result.item) };
      default:
        return result;
    }
  }

  async read(consistent: boolean): Promise<RowReading> {
    const sentMs = this.#runtime.clock.monotonicMs();
    const result = await this.#runtime.store.get({ key: this.key, consistent });
    if (result.kind === 'failed') return result;
    this.#time(sentMs);
    const row = this.#note(result.kind === 'found' ? result.item : undefined);
    return { kind: 'read', row };
  }

  /** The table's time, if known. */
  time(): TableTime | undefined {
    return this.#runtime.tableClock.now();
  }

  /** Whether this process has seen the owner in `row` silent for its whole lease. */
  isSilent(row: OwnershipRow): boolean {
    return this.#silence.isSilent(row, this.#runtime.clock.monotonicMs());
  }

  untilSilentMs(row: OwnershipRow): number {
    return this.#silence.untilSilentMs(row, this.#runtime.clock.monotonicMs());
  }

  #time(sentMs: number): void {
    const nowMs = this.#runtime.clock.monotonicMs();
    this.#seenAtMs = (sentMs + nowMs) / 2;
    // One slow answer says nothing about the way; a way that has grown is learned soon enough.
    this.#roundTripMs = Math.min(nowMs - sentMs, 1 + ROUND_TRIP_GROWTH * this.#roundTripMs);
  }

  #note(item: Item | undefined): OwnershipRow {
    const row = parseOwnershipRow(item);
    this.#silence.note(row, this.#runtime.clock.monotonicMs());
    this.#last = row;
    return row;
  }
}
