import { type Clock, sleep, systemClock } from '../../core/clock.ts';
import { type Random, systemRandom } from '../../core/random.ts';
import { backoffMs } from '../../core/retry.ts';
import { deliver, type Invoke } from './delivery.ts';
import { matchesPattern } from './event-pattern.ts';
import { type FailureRecord, failureRecordOf } from './failure-record.ts';
import { firstProgress, type ShardProgress, startable } from './lineage.ts';
import { type EventSourceMapping, type Mapping, mappingOf } from './mapping.ts';
import { Settled } from './settled.ts';
import { type Page, ShardReader } from './shard-reader.ts';
import type { BridgeRecord, StreamSource } from './stream-source.ts';

export interface StreamBridgeOptions {
  readonly source: StreamSource;
  /** The function. What it throws, and what it answers, count as in Lambda. */
  readonly invoke: Invoke;
  readonly mapping?: EventSourceMapping | undefined;
  /** Is told of records that were given up. @default nobody */
  readonly onFailure?: ((record: FailureRecord) => Promise<void>) | undefined;
  /** How far each shard is done with. The same map lets another bridge go on from there. */
  readonly checkpoints?: Map<string, ShardProgress> | undefined;
  /** How long to wait after a look that brought nothing, in milliseconds. @default 250 */
  readonly pollMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** What a bridge has done so far. */
export interface BridgeCounts {
  readonly read: number;
  readonly filtered: number;
  readonly invocations: number;
  readonly failedInvocations: number;
  readonly discarded: number;
  /** How often records were gone from the stream before they could be read. */
  readonly gaps: number;
  /** Failed looks at the stream, and at the failure destination. */
  readonly errors: number;
}

/** How long after a failed look at the stream to look again. */
const BACKOFF = { firstMs: 100, longestMs: 5_000 };
/** A new shard also wakes the bridge by the end of its parent: this is for the others. */
const ROUNDS_BETWEEN_DISCOVERIES = 40;

/**
 * Calls a function with the changes of a table as Lambda's event source mapping does: filtered,
 * in batches, each item's changes in order and at least once, with retries, bisection, age limit
 * and a failure destination. For tests and for development: one process, no leases on shards.
 */
export class StreamBridge implements AsyncDisposable {
  readonly #options: StreamBridgeOptions;
  readonly #mapping: Mapping;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #pollMs: number;
  readonly #checkpoints: Map<string, ShardProgress>;
  readonly #stopping = new AbortController();
  readonly #counts = {
    ...{ read: 0, filtered: 0, invocations: 0, failedInvocations: 0 },
    ...{ discarded: 0, gaps: 0, errors: 0 },
  };
  /** Since which step each shard's reader has found nothing; 0 while it is busy. */
  readonly #quietSince = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #step = 0;
  #discoveredAt = 0;
  #discovery = new AbortController();
  readonly #running: Promise<void>;
  #failure: unknown;

  constructor(options: StreamBridgeOptions) {
    this.#options = options;
    this.#mapping = mappingOf(options.mapping ?? {});
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#pollMs = options.pollMs ?? 250;
    this.#checkpoints = options.checkpoints ?? new Map();
    this.#running = this.#run();
  }

  get counts(): BridgeCounts {
    return { ...this.#counts };
  }

  /** The last error of the function or of the stream, for whoever wonders why nothing comes. */
  get lastError(): unknown {
    return this.#failure;
  }

  /** Waits until all that was in the stream at this call is settled. */
  async settled(): Promise<void> {
    this.#step += 1;
    const asked = this.#step;
    const isSettled = () =>
      this.#discoveredAt > asked &&
      [...this.#quietSince.values()].every((quietSince) => quietSince > asked);
    this.#discovery.abort();
    while (!isSettled() && !this.#stopping.signal.aborted) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Lets invocations under way end, and starts no more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#discovery.abort();
    await this.#running;
    this.#wakeWaiting();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #run(): Promise<void> {
    const readers: Promise<void>[] = [];
    let isFirst = true;
    while (!this.#stopping.signal.aborted) {
      this.#discovery = new AbortController();
      try {
        const fresh = await this.#discover(isFirst);
        isFirst = false;
        for (const id of fresh) readers.push(this.#serve(id));
        // Their parents may have ended before we looked: look again at once.
        if (fresh.length > 0) this.#discovery.abort();
      } catch (error) {
        this.#noteError(error);
      }
      this.#wakeWaiting();
      const waitMs = this.#pollMs * ROUNDS_BETWEEN_DISCOVERIES;
      await sleep(this.#clock, waitMs, this.#discovery.signal);
    }
    await Promise.all(readers);
  }

  /** Shards that are to be read from now on. */
  async #discover(isFirst: boolean): Promise<readonly string[]> {
    this.#step += 1;
    const begun = this.#step;
    const shards = await this.#options.source.shards();
    if (isFirst && this.#checkpoints.size === 0) {
      for (const [id, progress] of firstProgress(shards, this.#mapping.startingPosition)) {
        this.#checkpoints.set(id, progress);
      }
    }
    const known = shards.map(({ id }) => id).filter((id) => this.#checkpoints.has(id));
    const fresh = startable(shards, this.#checkpoints).map(({ id }) => id);
    for (const id of fresh) this.#checkpoints.set(id, FROM_THE_OLDEST);
    if (fresh.length === 0) this.#discoveredAt = begun;
    return isFirst ? [...known, ...fresh] : fresh;
  }

  /** Reads one shard to its end. */
  async #serve(shardId: string): Promise<void> {
    const progress = this.#checkpoints.get(shardId);
    if (progress?.kind !== 'reading') return;
    const reader = new ShardReader(this.#options.source, shardId, progress.position);
    const { signal } = this.#stopping;
    this.#quietSince.set(shardId, 0);
    for (let failures = 0; !signal.aborted; ) {
      this.#step += 1;
      const begun = this.#step;
      try {
        const { records, isEnd } = await this.#gather(reader);
        await this.#handle(shardId, records);
        failures = 0;
        if (signal.aborted) return;
        if (isEnd) return this.#finish(shardId);
        if (records.length > 0) continue;
        this.#quietSince.set(shardId, begun);
        this.#wakeWaiting();
        await sleep(this.#clock, this.#pollMs, signal);
      } catch (error) {
        this.#noteError(error);
        await sleep(this.#clock, backoffMs(this.#random, failures, BACKOFF), signal);
        failures += 1;
      }
    }
  }

  #finish(shardId: string): void {
    this.#checkpoints.set(shardId, { kind: 'finished' });
    this.#quietSince.delete(shardId);
    this.#discoveredAt = 0;
    this.#discovery.abort();
  }

  /** Reads until there is a batch for each lane, the window is over, or nothing more comes. */
  async #gather(reader: ShardReader) {
    const { batchSize, parallelizationFactor, batchWindowMs } = this.#mapping;
    const gathered: BridgeRecord[] = [];
    const gapsBefore = reader.gaps;
    let windowEndMs: number | undefined;
    let isEnd = false;
    while (!isEnd && !this.#stopping.signal.aborted) {
      const page = await this.#look(reader, gathered.length > 0);
      if (page === undefined) break;
      gathered.push(...page.records);
      ({ isEnd } = page);
      const wanted = gathered.filter((record) => this.#isWanted(record)).length;
      if (wanted >= batchSize * parallelizationFactor) break;
      const nowMs = this.#clock.monotonicMs();
      if (wanted > 0) windowEndMs ??= nowMs + batchWindowMs;
      if (windowEndMs === undefined || nowMs >= windowEndMs) break;
      const waitMs = Math.min(this.#pollMs, windowEndMs - nowMs);
      await sleep(this.#clock, waitMs, this.#stopping.signal);
    }
    this.#counts.gaps += reader.gaps - gapsBefore;
    this.#counts.read += gathered.length;
    return { records: gathered, isEnd };
  }

  /** A look that fails must not lose what the looks before it have brought. */
  async #look(reader: ShardReader, hasRecords: boolean): Promise<Page | undefined> {
    try {
      return await reader.read();
    } catch (error) {
      if (!hasRecords) throw error;
      this.#noteError(error);
      return undefined;
    }
  }

  async #handle(shardId: string, records: readonly BridgeRecord[]): Promise<void> {
    const wanted = records.filter((record) => this.#isWanted(record));
    this.#counts.filtered += records.length - wanted.length;
    const settled = new Settled(records, wanted);
    const save = () => {
      const { checkpoint } = settled;
      if (checkpoint === undefined) return;
      const position = { kind: 'after', sequenceNumber: checkpoint } as const;
      this.#checkpoints.set(shardId, { kind: 'reading', position });
    };
    save();
    await deliver(wanted, {
      mapping: this.#mapping,
      invoke: this.#options.invoke,
      clock: this.#clock,
      random: this.#random,
      stopping: this.#stopping.signal,
      onSettled: (done) => {
        settled.settle(done);
        save();
      },
      onDiscard: async (discard) => {
        this.#counts.discarded += discard.batch.records.length;
        const place = { shardId, streamArn: this.#options.source.arn, functionArn: 'local' };
        const record = failureRecordOf(discard, place, this.#clock.wallMs());
        await this.#options.onFailure?.(record).catch((error) => this.#noteError(error));
      },
      onInvocation: (outcome, error) => {
        this.#counts.invocations += 1;
        if (outcome.kind === 'failed') this.#counts.failedInvocations += 1;
        if (error !== undefined) this.#failure = error;
      },
    });
  }

  #isWanted(record: BridgeRecord): boolean {
    const { filters } = this.#mapping;
    return filters.length === 0 || filters.some((filter) => matchesPattern(filter, record));
  }

  #noteError(error: unknown): void {
    this.#counts.errors += 1;
    this.#failure = error;
  }

  #wakeWaiting(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

const FROM_THE_OLDEST = { kind: 'reading', position: { kind: 'trim-horizon' } } as const;
