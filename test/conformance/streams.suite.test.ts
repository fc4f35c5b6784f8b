import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STREAM_FILTERS } from '../../functions/fanout/filters.ts';
import type { handler } from '../../functions/fanout/handler.ts';
import type { StreamEvent } from '../../functions/fanout/stream-record.ts';
import { config } from '../../lib/config/index.ts';
import { group } from '../../lib/group/index.ts';
import { Holdfast } from '../../lib/index.ts';
import {
  type EventPattern,
  type EventSourceMapping,
  type LocalTable,
  openDynamoStream,
  StreamBridge,
  type StreamSource,
  startLocalTable,
} from '../../lib/local/index.ts';
import type { BusEvent, EventBridgeStub } from '../functions/event-bridge-stub.ts';
import { startEventBridge } from '../functions/event-bridge-stub.ts';
import { loadHandler } from '../functions/load-handler.ts';
import { lackOf } from './capabilities.ts';
import { ENGINES, TABLE, useEngine } from './engines.ts';

/** What is deployed, as far as a bridge can have it. */
const MAPPING: EventSourceMapping = {
  filters: Object.values(STREAM_FILTERS) as unknown as EventPattern[],
  reportsItemFailures: true,
  bisectsOnError: true,
  retryAttempts: 5,
};

const BUS = 'conformance-bus';

/** An engine with a stream, or with a feed in its place. */
interface Stage {
  readonly source: () => Promise<StreamSource>;
  readonly open: (namespace: string) => Holdfast;
}

interface Tale {
  readonly events: readonly BusEvent[];
  readonly bridge: StreamBridge;
}

/** Lets the bundled function follow what `write` does, with a bus that fails now and then. */
async function follow(
  stage: Stage,
  namespace: string,
  bus: EventBridgeStub,
  write: (holdfast: Holdfast) => Promise<void>,
): Promise<Tale> {
  const fanOut = await loadHandler<typeof handler>('fanout', {
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint,
    HOLDFAST_EVENT_BUS_NAME: BUS,
  });
  const filters = Object.values(STREAM_FILTERS).map((filter) => ({
    ...filter,
    dynamodb: {
      ...filter.dynamodb,
      // Other tests write to the same table.
      Keys: { ...filter.dynamodb.Keys, pk: { S: [{ prefix: `${namespace}#` }] } },
    },
  }));
  const bridge = new StreamBridge({
    source: await stage.source(),
    invoke: (event) => fanOut(event as unknown as StreamEvent),
    mapping: { ...MAPPING, filters: filters as unknown as EventPattern[] },
    pollMs: 5,
  });
  bus.refuseEntries = 2;
  bus.failRequests = 1;
  await using holdfast = stage.open(namespace);
  await write(holdfast);
  await bridge.settled();
  await bridge.stop();
  return { events: bus.events.filter(({ detail }) => detail.namespace === namespace), bridge };
}

async function publishFive(holdfast: Holdfast): Promise<void> {
  const limits = config<{ readonly perSecond: number }>(holdfast, 'limits');
  for (const perSecond of [1, 2, 3, 4, 5]) await limits.publish({ perSecond });
}

async function joinTakeAndLead(holdfast: Holdfast): Promise<void> {
  const resizers = group(holdfast, 'resizers');
  const [a] = await Promise.all(['a', 'b'].map((id) => resizers.join({ id })));
  await a?.leave();
  for (const _ of [1, 2, 3]) await holdfast.lock('door').using(async () => {});
  const leadership = await holdfast.election('it').campaign('first');
  await leadership.proclaim('second');
  await leadership.resign();
}

function play(name: string, stage: () => Stage, unavailable?: string, clockless?: string) {
  describe(`the fan-out function on ${name}`, () => {
    let bus: EventBridgeStub;
    beforeAll(async () => {
      bus = await startEventBridge(BUS);
    });
    afterAll(() => bus[Symbol.asyncDispose]());

    test('tells of a document at least once, and last of its last version', async (context) => {
      if (unavailable !== undefined) context.skip(unavailable);
      const { events, bridge } = await follow(stage(), 'documents', bus, publishFive);
      const versions = events.flatMap((event) =>
        event.type === 'config.changed' ? (event.detail.version ?? []) : [],
      );
      expect(versions.at(-1)).toBe(5);
      expect(bridge.counts).toMatchObject({ discarded: 0, gaps: 0, errors: 0 });
      // The request that failed, at least.
      expect(bridge.counts.failedInvocations).toBeGreaterThanOrEqual(1);
      // The versions' own rows.
      expect(bridge.counts.filtered).toBeGreaterThanOrEqual(5);
    });

    test('tells of members, releases and terms, and of nothing in between', async (context) => {
      const lack = unavailable ?? clockless;
      if (lack !== undefined) context.skip(lack);
      const { events, bridge } = await follow(stage(), 'holds', bus, joinTakeAndLead);
      const members = new Map(
        events.flatMap(({ type, detail }) =>
          'member' in detail ? [[detail.member, type] as const] : [],
        ),
      );
      const gone = 'group.member-left';
      expect(Object.fromEntries(members)).toEqual({ a: gone, b: 'group.member-joined' });
      const tokens = events.flatMap((event) =>
        event.type === 'lock.released' ? event.detail.token : [],
      );
      expect(tokens.length).toBeGreaterThanOrEqual(1);
      expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
      const terms = events.flatMap((event) =>
        event.type === 'leader.changed' ? event.detail.change : [],
      );
      expect(terms.at(-1)).toBe('resigned');
      expect(bridge.counts).toMatchObject({ discarded: 0, gaps: 0, errors: 0 });
      // Three acquisitions and two beats, of which nobody is told.
      expect(bridge.counts.filtered).toBeGreaterThanOrEqual(5);
    });
  });
}

for (const engine of ENGINES) {
  if (lackOf(engine.name, 'streams') !== undefined) continue;
  const running = useEngine(engine);
  const stage = (): Stage => ({
    source: () => openDynamoStream(running().client ?? {}, TABLE),
    open: (namespace) => new Holdfast({ store: running().openStore(), namespace }),
  });
  play(engine.name, stage, engine.unavailable, lackOf(engine.name, 'date header'));
}

let local: LocalTable;
beforeAll(async () => {
  local = await startLocalTable();
  await using holdfast = new Holdfast({ table: TABLE, clientConfig: local.clientConfig });
  await holdfast.createTable();
  await local.changes(TABLE);
});
afterAll(() => local.stop());

const embedded = (): Stage => ({
  source: () => local.changes(TABLE),
  open: (namespace) => new Holdfast({ table: TABLE, clientConfig: local.clientConfig, namespace }),
});
play('the embedded dynalite', embedded);
