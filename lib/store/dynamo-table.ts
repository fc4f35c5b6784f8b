import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  type KeySchemaElement,
  type TableDescription,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { type Clock, sleep, systemClock } from '../core/clock.ts';
import { HoldfastError } from '../errors.ts';
import { failureOfRead } from './dynamo-errors.ts';
import { errorOfFailure } from './failure-error.ts';
import { PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from './schema.ts';

export interface CreateTableOptions {
  /** @default the system's */
  readonly clock?: Clock | undefined;
  /** How long to wait for the table to become active. @default 60_000 */
  readonly timeoutMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 1_000;

/**
 * Creates the table, or makes sure that the one that exists will do: on demand, with a stream of
 * new and old images and time to live on `ttl`. Returns when it is active. Repeating it is safe.
 *
 * Engines without streams or time to live get the table without: nothing that keeps a promise
 * rests on either. Costs a handful of control plane requests.
 *
 * @throws HoldfastError `invalid-argument` when the table exists with another key or another time
 *   to live attribute, `access-denied`, `store-unavailable` when it is not active in time.
 */
export async function createTable(
  config: DynamoDBClientConfig,
  tableName: string,
  options: CreateTableOptions = {},
): Promise<void> {
  // These calls may be repeated, so here the SDK's own retries do no harm.
  const client = new DynamoDBClient(config);
  try {
    await createOrAccept(client, tableName);
    const table = await whenActive(client, tableName, options);
    requireOurKey(table, tableName);
    await enableStream(client, table, tableName);
    await whenActive(client, tableName, options);
    await enableTimeToLive(client, tableName);
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    const failure = failureOfRead({ error, table: tableName, sent: true });
    if (failure.reason === 'invalid-request') {
      // Not a row's fault, as elsewhere: it is the name that DynamoDB does not accept.
      const message = `table: '${tableName}' is no name for a table: ${failure.message}`;
      throw new HoldfastError('invalid-argument', message, { cause: error });
    }
    throw errorOfFailure(`create table '${tableName}'`, failure);
  } finally {
    client.destroy();
  }
}

async function createOrAccept(client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: KEY_SCHEMA,
        AttributeDefinitions: [
          { AttributeName: PARTITION_KEY, AttributeType: 'S' },
          { AttributeName: SORT_KEY, AttributeType: 'S' },
        ],
        StreamSpecification: STREAM,
      }),
    );
  } catch (error) {
    if (nameOf(error) !== 'ResourceInUseException') throw error;
  }
}

const KEY_SCHEMA: KeySchemaElement[] = [
  { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
  { AttributeName: SORT_KEY, KeyType: 'RANGE' },
];

const STREAM = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } as const;

async function whenActive(
  client: DynamoDBClient,
  tableName: string,
  options: CreateTableOptions,
): Promise<TableDescription> {
  const clock = options.clock ?? systemClock;
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)) {
    const table = await describe(client, tableName);
    if (table?.TableStatus === 'ACTIVE') return table;
    if (clock.monotonicMs() + pollMs > deadlineMs) {
      const status = table?.TableStatus ?? 'missing';
      const message = `table '${tableName}' is ${status} and not active after ${timeoutMs} ms`;
      throw new HoldfastError('store-unavailable', message);
    }
    await sleep(clock, pollMs);
  }
}

/** Undefined right after creation, when the description may lag behind. */
async function describe(
  client: DynamoDBClient,
  tableName: string,
): Promise<TableDescription | undefined> {
  try {
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    return table;
  } catch (error) {
    if (nameOf(error) === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

function requireOurKey(table: TableDescription, tableName: string): void {
  const types = new Map(
    table.AttributeDefinitions?.map(({ AttributeName, AttributeType }) => [
      AttributeName,
      AttributeType,
    ]),
  );
  const found = (table.KeySchema ?? [])
    .map(({ AttributeName: name, KeyType }) => `${name} (${types.get(name)}, ${KeyType})`)
    .join(', ');
  const wanted = `${PARTITION_KEY} (S, HASH), ${SORT_KEY} (S, RANGE)`;
  if (found === wanted) return;
  throw new HoldfastError(
    'invalid-argument',
    `table '${tableName}' exists with the key ${found}; expected ${wanted}. Choose another name.`,
  );
}

async function enableStream(
  client: DynamoDBClient,
  table: TableDescription,
  tableName: string,
): Promise<void> {
  if (table.StreamSpecification?.StreamEnabled === true) return;
  const enable = new UpdateTableCommand({ TableName: tableName, StreamSpecification: STREAM });
  await unlessUnsupportedOrDone(client.send(enable));
}

async function enableTimeToLive(client: DynamoDBClient, tableName: string): Promise<void> {
  const describeTtl = new DescribeTimeToLiveCommand({ TableName: tableName });
  const described = await unlessUnsupportedOrDone(client.send(describeTtl));
  const { TimeToLiveStatus: status, AttributeName: attribute } =
    described?.TimeToLiveDescription ?? {};
  if (status === 'ENABLED' || status === 'ENABLING') {
    if (attribute === TTL_ATTRIBUTE) return;
    throw new HoldfastError(
      'invalid-argument',
      `table '${tableName}' has its time to live on '${attribute}'; expected '${TTL_ATTRIBUTE}'`,
    );
  }
  const enable = new UpdateTimeToLiveCommand({
    TableName: tableName,
    TimeToLiveSpecification: { Enabled: true, AttributeName: TTL_ATTRIBUTE },
  });
  await unlessUnsupportedOrDone(client.send(enable));
}

/**
 * What emulators answer to operations and settings that they do not have, and the service to those
 * that another process has just made.
 */
const UNSUPPORTED_OR_DONE = [
  'UnknownOperationException',
  'ValidationException',
  'ResourceInUseException',
];

async function unlessUnsupportedOrDone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (UNSUPPORTED_OR_DONE.includes(nameOf(error))) return undefined;
    throw error;
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
