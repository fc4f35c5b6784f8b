import { type Instant, instantOf, type TableTime } from '../core/table-clock.ts';
import type { Runtime } from '../runtime.ts';
import type { StoreFailure, UpdateRequest } from '../store/store.ts';
import type { Item, Key } from '../store/value.ts';

/** What a write of a row of any kind came to. */
export type RecordAnswer<Row> =
  | AppliedRecord<Row>
  | { readonly kind: 'refused'; readonly row: Row }
  | { readonly kind: 'failed'; readonly failure: StoreFailure }
  | { readonly kind: 'unknown'; readonly failure: StoreFailure };

/** The answer to a write that took effect. */
export interface AppliedRecord<Row> {
  readonly kind: 'applied';
  readonly row: Row;
  /** Just before the request was sent: where leases begin. */
  readonly sent: Instant;
  readonly dateMs: number | undefined;
}

/** What a read of a row of any kind came to. */
export type RecordReading<Row> =
  | { readonly kind: 'read'; readonly row: Row }
  | { readonly kind: 'failed'; readonly failure: StoreFailure };

/** Told of every row that an answer shows: when it was asked for, and when the answer was here. */
export type Noted<Row> = (
  row: Row,
  at: { readonly sentMs: number; readonly nowMs: number },
) => void;

/** One row of any kind as this process talks to it and remembers it. */
export class RecordClient<Row> {
  readonly key: Key;
  readonly #runtime: Runtime;
  readonly #parse: (item: Item | undefined) => Row;
  readonly #noted: Noted<Row>;
  #last: Row | undefined;

  constructor(
    runtime: Runtime,
    key: Key,
    parse: (item: Item | undefined) => Row,
    noted: Noted<Row> = () => undefined,
  ) {
    this.key = key;
    this.#runtime = runtime;
    this.#parse = parse;
    this.#noted = noted;
  }

  /** The row as the newest answer showed it, if there was one. It may have changed since. */
  get last(): Row | undefined {
    return this.#last;
  }

  /** The table's time, if known. */
  time(): TableTime | undefined {
    return this.#runtime.tableClock.now();
  }

  async write(request: UpdateRequest): Promise<RecordAnswer<Row>> {
    const sent = instantOf(this.#runtime.clock);
    const result = await this.#runtime.store.write(request);
    switch (result.kind) {
      case 'applied':
        return {
          kind: 'applied',
          row: this.note(result.item, sent.monotonicMs),
          sent,
          dateMs: result.dateMs,
        };
      case 'refused':
        return { kind: 'refused', row: this.note(result.item, sent.monotonicMs) };
      default:
        return result;
    }
  }

  async read(consistent: boolean): Promise<RecordReading<Row>> {
    const sentMs = this.#runtime.clock.monotonicMs();
    const result = await this.#runtime.store.get({ key: this.key, consistent });
    if (result.kind === 'failed') return result;
    const item = result.kind === 'found' ? result.item : undefined;
    return { kind: 'read', row: this.note(item, sentMs) };
  }

  /** Learns from an answer that shows the row, to a request that was sent then. */
  note(item: Item | undefined, sentMs: number): Row {
    const row = this.#parse(item);
    this.#noted(row, { sentMs, nowMs: this.#runtime.clock.monotonicMs() });
    this.#last = row;
    return row;
  }
}
