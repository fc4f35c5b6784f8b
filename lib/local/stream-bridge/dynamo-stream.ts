import type {
  Shard as ApiShard,
  DynamoDBStreamsClient,
  DynamoDBStreamsClientConfig,
} from '@aws-sdk/client-dynamodb-streams';
import { HoldfastError } from '../../errors.ts';
import { bridgeRecordOf } from './record-shape.ts';
import type { Position, Shard, ShardRead, StreamSource } from './stream-source.ts';

/** The stream of a table, and the connections to it. */
export interface DynamoStream extends StreamSource {
  close(): void;
}

/**
 * The stream of a table on an engine with a Streams API: dynoxide, DynamoDB Local, DynamoDB.
 * Lambda, and nobody else, should read a table's stream in production: it has two readers a shard.
 *
 * @throws HoldfastError `peer-missing` without `@aws-sdk/client-dynamodb-streams`,
 *   `table-missing` when the table does not exist or has no stream
 */
export async function openDynamoStream(
  clientConfig: DynamoDBStreamsClientConfig,
  tableName: string,
): Promise<DynamoStream> {
  const sdk = await loadSdk();
  const client = new sdk.DynamoDBStreamsClient(clientConfig);
  const { Streams = [] } = await client.send(new sdk.ListStreamsCommand({ TableName: tableName }));
  const arn = Streams.at(-1)?.StreamArn;
  if (arn === undefined) {
    client.destroy();
    throw new HoldfastError('table-missing', `no stream of a table '${tableName}'`);
  }
  return {
    arn,
    shards: () => listShards(sdk, client, arn),
    open: (shardId, position) => openShard(sdk, client, arn, shardId, position),
    read: (iterator, limit) => readShard(sdk, client, arn, iterator, limit),
    close: () => client.destroy(),
  };
}

type Sdk = typeof import('@aws-sdk/client-dynamodb-streams');

async function loadSdk(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-dynamodb-streams');
  } catch (cause) {
    const message = 'streams are read by an optional peer: @aws-sdk/client-dynamodb-streams';
    throw new HoldfastError('peer-missing', message, { cause });
  }
}

async function listShards(sdk: Sdk, client: DynamoDBStreamsClient, arn: string): Promise<Shard[]> {
  const shards: ApiShard[] = [];
  let last: string | undefined;
  do {
    const { StreamDescription } = await client.send(
      new sdk.DescribeStreamCommand({ StreamArn: arn, ExclusiveStartShardId: last }),
    );
    shards.push(...(StreamDescription?.Shards ?? []));
    const next = StreamDescription?.LastEvaluatedShardId;
    // An engine that ignores where to go on would be asked for ever.
    last = next === last ? undefined : next;
  } while (last !== undefined);
  return shards.map(({ ShardId = '', ParentShardId }) => ({
    id: ShardId,
    parentId: ParentShardId,
  }));
}

const ITERATOR_TYPES = {
  'trim-horizon': 'TRIM_HORIZON',
  latest: 'LATEST',
  after: 'AFTER_SEQUENCE_NUMBER',
} as const;

async function openShard(
  sdk: Sdk,
  client: DynamoDBStreamsClient,
  arn: string,
  shardId: string,
  position: Position,
): Promise<string | 'trimmed'> {
  try {
    const { ShardIterator = '' } = await client.send(
      new sdk.GetShardIteratorCommand({
        StreamArn: arn,
        ShardId: shardId,
        ShardIteratorType: ITERATOR_TYPES[position.kind],
        SequenceNumber: position.kind === 'after' ? position.sequenceNumber : undefined,
      }),
    );
    return ShardIterator;
  } catch (error) {
    if (error instanceof sdk.TrimmedDataAccessException) return 'trimmed';
    throw error;
  }
}

async function readShard(
  sdk: Sdk,
  client: DynamoDBStreamsClient,
  arn: string,
  iterator: string,
  limit: number,
): Promise<ShardRead> {
  try {
    const { Records = [], NextShardIterator } = await client.send(
      new sdk.GetRecordsCommand({ ShardIterator: iterator, Limit: limit }),
    );
    const records = Records.map((record) => bridgeRecordOf(record, arn));
    return { kind: 'records', records, next: NextShardIterator };
  } catch (error) {
    if (error instanceof sdk.ExpiredIteratorException) return { kind: 'expired' };
    if (error instanceof sdk.TrimmedDataAccessException) return { kind: 'trimmed' };
    throw error;
  }
}
