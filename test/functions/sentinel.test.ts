import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STREAM_FILTERS } from '../../functions/fanout/filters.ts';
import type { handler as fanOutHandler } from '../../functions/fanout/handler.ts';
import type { StreamEvent } from '../../functions/fanout/stream-record.ts';
import type { handler as sentinelHandler } from '../../functions/sentinel/handler.ts';
import { group } from '../../lib/group/index.ts';
import { Holdfast } from '../../lib/index.ts';
import {
  type EventPattern,
  openDynamoStream,
  StreamBridge,
  type StreamSource,
  startLocalTable,
} from '../../lib/local/index.ts';
import { ENGINES, TABLE, useEngine } from '../conformance/engines.ts';
import { startEventBridge } from './event-bridge-stub.ts';
import { loadHandler } from './load-handler.ts';
import { startSqs } from './sqs-stub.ts';

const CONTEXT = { getRemainingTimeInMillis: () => 20_000 };
const LEASE_MS = 3_000;
/** The lease, one and a half intervals of five seconds, which pass ten times as fast, the clock. */
const PATIENCE_MS = 30_000;
const NAMESPACE = 'photos';

/** Where a table is, and what is told of its changes. */
interface Place {
  readonly endpoint: string;
  readonly table: string;
  readonly source: StreamSource;
}

let entered = Promise.resolve();

/** Lets one at a time in: clients read the environment, which all share, when they first send. */
async function enter(): Promise<() => void> {
  const before = entered;
  let leave = () => {};
  entered = new Promise((resolve) => {
    leave = resolve;
  });
  await before;
  return leave;
}

/**
 * One joins, and dies at once: the join goes through the stream and the bundled fan-out to the
 * bundled sentinel, and the death from there through both again to the bus.
 */
async function liveAndDie({ endpoint, table, source }: Place) {
  const leave = await enter();
  await using bus = await startEventBridge('bus');
  let sentinel: typeof sentinelHandler | undefined;
  await using sqs = await startSqs(
    {
      ...{ visibilityMs: 2_000, receivesMax: 5 },
      consume: async (record) => {
        const answer = await sentinel?.({ Records: [record] }, CONTEXT);
        if (answer?.batchItemFailures.length !== 0) throw new Error('it failed');
      },
    },
    100,
  );
  // Every first message comes twice.
  sqs.queue.copies = () => 2;
  const environment = {
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint,
    HOLDFAST_EVENT_BUS_NAME: 'bus',
    HOLDFAST_TABLE: table,
    HOLDFAST_SENTINEL_QUEUE_URL: sqs.queueUrl,
    HOLDFAST_SENTINEL_INTERVAL_SECONDS: '5',
  };
  sentinel = await loadHandler<typeof sentinelHandler>('sentinel', environment);
  await sentinel({}, CONTEXT);
  const fanOut = await loadHandler<typeof fanOutHandler>('fanout', environment);
  await using bridge = new StreamBridge({
    source,
    invoke: (event) => fanOut(event as unknown as StreamEvent),
    mapping: {
      filters: Object.values(STREAM_FILTERS) as unknown as EventPattern[],
      reportsItemFailures: true,
    },
    pollMs: 20,
  });
  const clientConfig = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  // In Lambda mode nothing renews a lease.
  await using holdfast = new Holdfast({
    table,
    clientConfig,
    namespace: NAMESPACE,
    mode: 'lambda',
  });
  await group(holdfast, 'resizers').join({ id: 'a', leaseMs: LEASE_MS });
  const told = () => bus.events.map(({ type }) => type);
  const deadline = performance.now() + PATIENCE_MS;
  while (told().length === 0 && performance.now() < deadline) await delay(5);
  leave();
  const isOver = () => told().includes('group.member-left') && sqs.queue.pending.length === 0;
  while (!isOver() && performance.now() < deadline) await delay(20);
  await bridge.settled();
  return { told: [...new Set(told())], pending: sqs.queue.pending, dead: sqs.queue.dead };
}

describe('the bundled sentinel', { timeout: 2 * PATIENCE_MS }, () => {
  const dynoxide = ENGINES.find(({ name }) => name === 'dynoxide');
  if (dynoxide === undefined) throw new Error('dynoxide is one of the engines');
  const running = useEngine(dynoxide);
  let local: Awaited<ReturnType<typeof startLocalTable>>;
  beforeAll(async () => {
    local = await startLocalTable();
    const { clientConfig } = local;
    await using holdfast = new Holdfast({ table: TABLE, clientConfig });
    await holdfast.createTable();
  });
  afterAll(() => local.stop());

  const ended = {
    told: ['group.member-joined', 'group.member-left'],
    pending: [],
    dead: [],
  };

  test.concurrent('on dynalite finds a death that nobody else would, and goes', async () => {
    const source = await local.changes(TABLE);
    expect(await liveAndDie({ endpoint: local.endpoint, table: TABLE, source })).toEqual(ended);
  });

  test.concurrent('on dynoxide finds a death that nobody else would, and goes', async (context) => {
    if (dynoxide.unavailable !== undefined) context.skip(dynoxide.unavailable);
    const { client = {} } = running();
    const source = await openDynamoStream(client, TABLE);
    const place = { endpoint: String(client.endpoint), table: TABLE, source };
    expect(await liveAndDie(place)).toEqual(ended);
    source.close();
  });
});
