import type { Clock } from '../../core/clock.ts';
import type {
  BridgeRecord,
  Position,
  Shard,
  ShardRead,
  StreamImage,
  StreamSource,
} from './stream-source.ts';

/** One write of one item, as the engine made it. */
export interface ItemChange {
  readonly keys: StreamImage;
  readonly before: StreamImage | undefined;
  readonly after: StreamImage | undefined;
}

interface FeedShard extends Shard {
  readonly records: BridgeRecord[];
  /** How many records have been dropped from the front. */
  trimmed: number;
  isClosed: boolean;
}

/** Older records are dropped, as DynamoDB drops what is older than a day. */
const DEFAULT_RECORDS_MAX = 50_000;

/**
 * A stream of an engine that has none: what its hook reports, kept in memory and read like a
 * DynamoDB stream with new and old images.
 */
export class ChangeFeed implements StreamSource {
  readonly arn: string;
  readonly #clock: Clock;
  readonly #recordsMax: number;
  readonly #shards: FeedShard[] = [];
  #sequence = 0;

  constructor(tableName: string, clock: Clock, recordsMax = DEFAULT_RECORDS_MAX) {
    this.arn = `arn:aws:dynamodb:local:000000000000:table/${tableName}/stream/local`;
    this.#clock = clock;
    this.#recordsMax = recordsMax;
    this.roll();
  }

  /** Notes a write. One that changed nothing is no record, as on DynamoDB. */
  append({ keys, before, after }: ItemChange): void {
    if (isSame(before, after)) return;
    this.#sequence += 1;
    const eventName = before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY';
    const shard = this.#current;
    shard.records.push({
      eventID: `local-${this.#sequence}`,
      eventName,
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'local',
      eventSourceARN: this.arn,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(this.#clock.wallMs() / 1_000),
        Keys: keys,
        ...(after && { NewImage: after }),
        ...(before && { OldImage: before }),
        // Of one length, so that they sort as text, which readers should not rely on.
        SequenceNumber: `${this.#sequence}`.padStart(21, '0'),
        SizeBytes: JSON.stringify([before, after]).length,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
    if (shard.records.length > this.#recordsMax) {
      shard.records.shift();
      shard.trimmed += 1;
    }
  }

  /** Closes the shard that is written to and begins another one, as DynamoDB does every hours. */
  roll(): void {
    const parent = this.#shards.at(-1);
    if (parent !== undefined) parent.isClosed = true;
    const id = `shard-${this.#shards.length}`;
    this.#shards.push({ id, parentId: parent?.id, records: [], trimmed: 0, isClosed: false });
  }

  async shards(): Promise<readonly Shard[]> {
    return this.#shards.map(({ id, parentId }) => ({ id, parentId }));
  }

  async open(shardId: string, position: Position): Promise<string | 'trimmed'> {
    const { records, trimmed } = this.#find(shardId);
    if (position.kind === 'trim-horizon') return iteratorOf(shardId, trimmed);
    if (position.kind === 'latest') return iteratorOf(shardId, trimmed + records.length);
    const after = records.findIndex(
      ({ dynamodb }) => dynamodb.SequenceNumber > position.sequenceNumber,
    );
    const isGone = after === 0 && trimmed > 0;
    if (isGone) return 'trimmed';
    return iteratorOf(shardId, trimmed + (after === -1 ? records.length : after));
  }

  async read(iterator: string, limit: number): Promise<ShardRead> {
    const [shardId = '', offset = ''] = iterator.split(':');
    const shard = this.#find(shardId);
    const from = Number(offset) - shard.trimmed;
    if (from < 0) return { kind: 'trimmed' };
    const records = shard.records.slice(from, from + limit);
    const isEnd = shard.isClosed && from + records.length >= shard.records.length;
    const next = isEnd ? undefined : iteratorOf(shardId, Number(offset) + records.length);
    return { kind: 'records', records, next };
  }

  get #current(): FeedShard {
    const shard = this.#shards.at(-1);
    if (shard === undefined) throw new Error('a feed has a shard from its beginning');
    return shard;
  }

  #find(shardId: string): FeedShard {
    const shard = this.#shards.find(({ id }) => id === shardId);
    if (shard === undefined) throw new Error(`there is no shard ${shardId}`);
    return shard;
  }
}

function iteratorOf(shardId: string, offset: number): string {
  return `${shardId}:${offset}`;
}

function isSame(before: StreamImage | undefined, after: StreamImage | undefined): boolean {
  return canonical(before) === canonical(after);
}

/** Text that is equal for equal items, whatever the order of their attributes. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join()}}`;
}
