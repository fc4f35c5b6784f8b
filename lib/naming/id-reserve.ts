import { HoldfastError } from '../errors.ts';
import { insist, type Move } from '../lease/insist.ts';
import { RecordClient } from '../lease/record-client.ts';
import { termsOf } from '../lease/terms.ts';
import type { Runtime } from '../runtime.ts';
import { absent } from '../store/condition.ts';
import { NAMING_ATTRIBUTE, namingKey } from '../store/naming-schema.ts';
import { RowFields } from '../store/row-fields.ts';
import { set } from '../store/update.ts';
import type { Item } from '../store/value.ts';
import { isSameLayout } from './id-layout.ts';
import type { IdSettings } from './options.ts';
import {
  giveBack,
  nextRange,
  parseReservationRow,
  type ReservationRow,
  reserve,
  type TickRange,
} from './reservation.ts';
import { type SlotGrant, SlotPool } from './slot-pool.ts';

/** A range that was acknowledged, and what time it was. */
export interface Reserved {
  readonly range: TickRange;
  readonly slot: number;
  readonly nowTick: number;
}

/** A slot whose timestamps are reserved further ahead than this is left alone for a while. */
const AHEAD_MAX_MS = 10 * 60_000;

/** What ids need of the table: a layout, a slot, and timestamps. */
export class IdReserve {
  readonly title: string;
  readonly #runtime: Runtime;
  readonly #name: string;
  readonly #settings: IdSettings;
  readonly #pool: SlotPool;
  #isLayoutChecked = false;
  #grant: SlotGrant | undefined;
  #client: RecordClient<ReservationRow> | undefined;
  #last: TickRange | undefined;

  constructor(runtime: Runtime, name: string, settings: IdSettings) {
    this.#runtime = runtime;
    this.#name = name;
    this.#settings = settings;
    this.#pool = new SlotPool(runtime, 'ids', name);
    this.title = this.#pool.title;
  }

  /** Reserves timestamps from `ownEnd` on, under the slot that is held, or under another one. */
  async reserve(ownEnd: number): Promise<Reserved> {
    await this.#checkLayout();
    for (;;) {
      const grant = await this.#slot();
      const reserved = await this.#reserveUnder(grant, ownEnd);
      if (reserved !== undefined) return reserved;
      // Stolen while this process stood still: the timestamps that it has are its own all the same.
      await grant.line.release(grant.lease);
      this.#grant = undefined;
    }
  }

  /** Gives the slot up, and with it the timestamps that were not used. */
  async release(usedUntil: number): Promise<void> {
    const { store } = this.#runtime;
    if (this.#grant === undefined) return;
    const { lease, line } = this.#grant;
    const range = this.#last;
    this.#grant = undefined;
    if (range !== undefined && usedUntil < range.to) {
      await store.write(giveBack(lease, range, Math.max(range.from, usedUntil)));
    }
    await line.release(lease);
  }

  async #checkLayout(): Promise<void> {
    if (this.#isLayoutChecked) return;
    const { layout } = this.#settings;
    const { namespace } = this.#runtime;
    const key = namingKey(namespace, 'ids', this.#name, 'layout');
    const parse = (item: Item | undefined) => ({
      layout: new RowFields(item ?? {}).optionalMap(NAMING_ATTRIBUTE.layout),
    });
    const client = new RecordClient(this.#runtime, key, parse);
    await insist(this.#runtime, client, this.title, ({ row }): Move<true> => {
      if (row === undefined) return { kind: 'read' };
      if (row.layout === undefined) {
        const actions = [set(NAMING_ATTRIBUTE.layout, { ...layout })];
        const condition = absent(NAMING_ATTRIBUTE.layout);
        return { kind: 'write', request: { kind: 'update', key, actions, condition } };
      }
      if (isSameLayout(layout, row.layout)) return { kind: 'done', result: true };
      const [made, ours] = [JSON.stringify(row.layout), JSON.stringify(layout)];
      const message = `${this.title}: issued with the layout ${made}, not ${ours}`;
      return { kind: 'refuse', error: new HoldfastError('layout-mismatch', message) };
    });
    this.#isLayoutChecked = true;
  }

  async #slot(): Promise<SlotGrant> {
    if (this.#grant !== undefined) return this.#grant;
    const terms = await termsOf(this.#runtime, {}, undefined);
    const { layout } = this.#settings;
    const time = this.#runtime.tableClock.now();
    const nowTick = time === undefined ? Number.POSITIVE_INFINITY : time.latest - layout.epochMs;
    const wish = { size: 2 ** layout.slot, reservedBelow: nowTick + AHEAD_MAX_MS };
    const grant = await this.#pool.acquire(terms, wish);
    this.#client = new RecordClient(this.#runtime, grant.lease.key, parseReservationRow);
    this.#grant = grant;
    return grant;
  }

  /** `undefined`: the slot is not ours any more. */
  async #reserveUnder({ lease, number }: SlotGrant, ownEnd: number): Promise<Reserved | undefined> {
    const { layout, reserveMs } = this.#settings;
    const client = this.#client;
    if (client === undefined) return undefined;
    let id = this.#runtime.random.id();
    let expected: number | undefined;
    type Result = Reserved | undefined;
    return insist(this.#runtime, client, this.title, ({ row, isFresh }): Move<Result> => {
      if (row === undefined) return { kind: 'read' };
      const time = client.time();
      if (row.last?.id === id && row.reservedUntil !== undefined) {
        const range = { from: row.last.from, to: row.reservedUntil };
        this.#last = range;
        const nowTick =
          time === undefined ? range.from : Math.floor(time.earliest - layout.epochMs);
        return { kind: 'done', result: { range, slot: number, nowTick } };
      }
      if (row.owner !== lease.id || row.token !== lease.token) {
        return { kind: 'done', result: undefined };
      }
      if (time === undefined) {
        // After an outage the row is remembered and the time is not: any answer brings it.
        return isFresh ? { kind: 'refuse', error: this.#clockless() } : { kind: 'read' };
      }
      if (expected !== undefined && expected !== row.reservedUntil) id = this.#runtime.random.id();
      expected = row.reservedUntil;
      const range = nextRange({
        reservedUntil: row.reservedUntil ?? 0,
        earliest: time.earliest - layout.epochMs,
        latest: time.latest - layout.epochMs,
        ownEnd,
        reserveMs,
      });
      if (range.to > 2 ** layout.time) return { kind: 'refuse', error: this.#timeIsOver() };
      return { kind: 'write', request: reserve(lease, row, id, range) };
    });
  }

  #clockless(): HoldfastError {
    const message = `${this.title}: no answer of the table says what time it is`;
    return new HoldfastError('clock-unknown', message);
  }

  #timeIsOver(): HoldfastError {
    const { time } = this.#settings.layout;
    const message = `${this.title}: the layout's ${time} bits of time are over`;
    return new HoldfastError('ids-exhausted', message);
  }
}
