import type { BridgeRecord, StreamBridgeOptions } from '../../../../lib/local/index.ts';
import * as local from '../../../../lib/local/index.ts';
import { ChangeFeed } from '../../../../lib/local/stream-bridge/change-feed.ts';
import type { ShardRead, StreamSource } from '../../../../lib/local/stream-bridge/stream-source.ts';
import { SeededRandom, VirtualClock } from '../../../../lib/testing/index.ts';

type Bridges = Pick<typeof local, 'StreamBridge'>;

/** One item's change, as a handler sees it. */
export interface Seen {
  readonly item: string;
  readonly version: number;
}

/** What the feed keeps: a shard that has had more is trimmed. */
const FEED_RECORDS_MAX = 1_000;

/** A feed on virtual time, its bridge, and what the handler has seen. */
export class Scene {
  readonly clock = new VirtualClock();
  readonly feed = new ChangeFeed('table', this.clock, FEED_RECORDS_MAX);
  readonly seen: Seen[] = [];
  readonly batches: number[] = [];
  readonly checkpoints: NonNullable<StreamBridgeOptions['checkpoints']> = new Map();
  /** What happens to a batch after its effect: it may throw, or answer. */
  after: (batch: readonly Seen[], invocation: number) => unknown = () => undefined;
  readonly #versions = new Map<string, number>();
  readonly #library: Bridges;

  constructor(library: Bridges = local) {
    this.#library = library;
  }

  /** Writes the next version of each of these items. */
  write(...items: readonly string[]): void {
    for (const item of items) {
      const version = (this.#versions.get(item) ?? 0) + 1;
      this.#versions.set(item, version);
      const image = (number: number) => ({ version: { N: `${number}` } });
      this.feed.append({
        keys: { pk: { S: item }, sk: { S: 'row' } },
        before: version === 1 ? undefined : image(version - 1),
        after: image(version),
      });
    }
  }

  bridge(options: Partial<StreamBridgeOptions> = {}) {
    return new this.#library.StreamBridge({
      source: this.feed,
      clock: this.clock,
      random: new SeededRandom(1),
      checkpoints: this.checkpoints,
      invoke: async ({ Records }) => {
        const batch = Records.map(seenOf);
        this.seen.push(...batch);
        this.batches.push(batch.length);
        return this.after(batch, this.batches.length);
      },
      ...options,
    });
  }

  /** Runs a bridge until all that has been written is settled. */
  async settle(options: Partial<StreamBridgeOptions> = {}) {
    const bridge = this.bridge(options);
    await this.clock.run(bridge.settled());
    await this.clock.run(bridge.stop());
    return bridge.counts;
  }

  /** The version that an item was written last with; 0: never. */
  lastOf(item: string): number {
    return this.#versions.get(item) ?? 0;
  }

  /** The versions that were seen of an item, in order. */
  versionsOf(item: string): number[] {
    return this.seen.filter((seen) => seen.item === item).map(({ version }) => version);
  }
}

export function seenOf({ dynamodb }: BridgeRecord): Seen {
  return {
    item: String(dynamodb.Keys.pk?.S),
    version: Number(dynamodb.NewImage?.version?.N),
  };
}

/** The items `item-0`, `item-1`, … */
export function items(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `item-${index}`);
}

/** A source whose answers `change` may replace; it is asked again with the number of the read. */
export function withReads(
  source: StreamSource,
  change: (read: ShardRead, number: number) => ShardRead,
): StreamSource {
  let number = 0;
  return {
    arn: source.arn,
    shards: () => source.shards(),
    open: (shardId, position) => source.open(shardId, position),
    read: async (iterator, limit) => {
      number += 1;
      return change(await source.read(iterator, limit), number);
    },
  };
}
