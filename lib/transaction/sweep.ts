import { sleep } from '../core/clock.ts';
import type { Attributes } from '../store/attribute.ts';
import { PARTITION_KEY, SORT_KEY } from '../store/schema.ts';
import { RECORD_PARTITIONS, recordPartition } from '../store/transaction-schema.ts';
import type { Engine } from './attempt.ts';
import { type ItemLock, lockOf } from './lock.ts';
import { apply, type Place, unlock } from './operation.ts';
import type { TransactionsSettings } from './options.ts';
import { inParallel } from './parallel.ts';
import {
  attemptOf,
  finish,
  parseRecord,
  placesOf,
  removeRecord,
  type TransactionRecord,
  ttlOf,
} from './record.ts';

/** What a sweep has done. */
export interface SweepReport {
  /** Transactions without a sign of life that were ended. */
  readonly aborted: number;
  /** Decided or ended transactions of which no lock is left any more. */
  readonly finished: number;
  /** Records that nobody needs any more. */
  readonly removed: number;
}

/** Sees to the records that nobody else has finished. */
export class Sweeper {
  readonly #engine: Engine;
  readonly #settings: TransactionsSettings;

  constructor(engine: Engine, settings: TransactionsSettings) {
    this.#engine = engine;
    this.#settings = settings;
  }

  async sweep(signal: AbortSignal | undefined): Promise<SweepReport> {
    const { resolver, gateway, home } = this.#engine;
    const { clock } = gateway.runtime;
    const rows = await this.#rows(signal);
    const records = rows.flatMap((row) => parseRecord(row) ?? []);
    const pending = records.filter(({ state }) => state === 'pending');
    let aborted = 0;
    if (pending.length > 0) {
      // Two looks of our own, so that nobody's clock decides who is dead.
      await sleep(clock, this.#settings.orphanMs, signal);
      signal?.throwIfAborted();
      await inParallel(pending, async ({ id, heartbeat }) => {
        const now = await resolver.record(id);
        if (now?.state !== 'pending' || now.heartbeat !== heartbeat) return;
        await resolver.abort(id);
        aborted += 1;
      });
    }
    let finished = 0;
    const open = records.filter(({ state }) => state !== 'done');
    await inParallel(open, async ({ id }) => {
      const record = await resolver.record(id);
      if (record !== undefined && (await this.#finish(record))) finished += 1;
    });
    let removed = 0;
    const nowSeconds = this.#nowMs() / 1_000;
    const old = rows.filter((row) => (ttlOf(row) ?? nowSeconds) < nowSeconds);
    await inParallel(old, async (row) => {
      const record = parseRecord(row);
      if (record === undefined) return;
      const result = await gateway.insist(removeRecord(home, record.id, 'done'));
      if (result.kind === 'applied') removed += 1;
    });
    await this.#removeChunks(rows, signal);
    return { aborted, finished, removed };
  }

  async #rows(signal: AbortSignal | undefined): Promise<readonly Attributes[]> {
    const { gateway, home } = this.#engine;
    const rows: Attributes[] = [];
    const partitions = Array.from({ length: RECORD_PARTITIONS }, (_, partition) => partition);
    await inParallel(
      partitions,
      async (partition, _, inner) => {
        const pk = recordPartition(home.namespace, partition);
        const request = { table: home.table, partition: [PARTITION_KEY, { S: pk }] as const };
        rows.push(...(await gateway.query(request, inner)).items);
      },
      { signal },
    );
    return rows;
  }

  /** Takes the locks of what is decided or ended out of the way, and then closes its record. */
  async #finish(record: TransactionRecord): Promise<boolean> {
    const { gateway, home, resolver } = this.#engine;
    if (record.state !== 'committed' && record.state !== 'aborted') return false;
    const isCommitted = record.state === 'committed';
    const operations = isCommitted ? await resolver.operations(record) : [];
    if (operations === undefined) return false;
    let left = 0;
    await inParallel(placesOf(record), async (place, number) => {
      const isDone = isCommitted
        ? await this.#apply(record, place, number, operations[number])
        : await this.#unlock(record, place);
      if (!isDone) left += 1;
    });
    if (left > 0) return false;
    const ttlSeconds = Math.ceil((this.#nowMs() + this.#settings.retentionMs) / 1_000);
    return (await gateway.insist(finish(home, record, ttlSeconds))).kind === 'applied';
  }

  async #apply(
    record: TransactionRecord,
    place: Place,
    number: number,
    operation: Parameters<typeof apply>[2] | undefined,
  ): Promise<boolean> {
    if (operation === undefined) return true;
    const attempt = attemptOf(record, number);
    const lock: ItemLock = { id: record.id, number, attempt, isStub: false };
    const applied = await this.#engine.gateway.insist(apply(place, lock, operation));
    return applied.kind !== 'failed';
  }

  async #unlock(record: TransactionRecord, place: Place): Promise<boolean> {
    const { gateway } = this.#engine;
    const lock = lockOf(await gateway.read(place));
    if (lock?.id !== record.id) return true;
    return (await gateway.insist(unlock(place, lock))).kind !== 'failed';
  }

  /** Parts of payloads whose records are gone: nothing can ever refer to them again. */
  async #removeChunks(rows: readonly Attributes[], signal: AbortSignal | undefined): Promise<void> {
    const { gateway, home, resolver } = this.#engine;
    const chunks = rows.flatMap((row) => {
      const sk = row[SORT_KEY];
      const [id, part] = sk !== undefined && 'S' in sk ? sk.S.split('#') : [];
      return id === undefined || part === undefined ? [] : [{ id, row }];
    });
    await inParallel(
      chunks,
      async ({ id, row }) => {
        const record = await resolver.record(id);
        if (record !== undefined && record.state !== 'done') return;
        const { [PARTITION_KEY]: pk, [SORT_KEY]: sk } = row;
        if (pk === undefined || sk === undefined) return;
        const key = { [PARTITION_KEY]: pk, [SORT_KEY]: sk };
        await gateway.insist({ kind: 'delete', table: home.table, key });
      },
      { signal },
    );
  }

  #nowMs(): number {
    const { tableClock, clock } = this.#engine.gateway.runtime;
    return tableClock.now()?.latest ?? clock.wallMs();
  }
}
