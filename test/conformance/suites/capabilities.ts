import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { absent, compare, equals } from '../../../lib/store/condition.ts';
import { copy, remove, set, type UpdateAction } from '../../../lib/store/update.ts';
import { type Capability, lackOf } from '../capabilities.ts';
import type { RunningEngine } from '../engines.ts';
import { outcomeOf, type StoreFixture, type StoreTest } from './harness.ts';

/** The capability table must not be out of date: it excuses tests from running. */
export function capabilitySuite(testOn: StoreTest): void {
  for (const [capability, has] of Object.entries(PROBES)) {
    testOn(`capability: ${capability}`, async (fixture) => {
      const lack = lackOf(fixture.engine.name, capability as Capability);
      expect(await has(fixture)).toBe(lack === undefined);
    });
  }
}

type Probe = (fixture: StoreFixture) => Promise<boolean>;

/** Whether the engine has the capability. None for the sweep: nobody can wait for its absence. */
const PROBES: Readonly<Record<Exclude<Capability, 'time to live sweep'>, Probe>> = {
  'a wire': async ({ running }) => running.client !== undefined,
  'date header': async ({ store, key }) =>
    (await store.get({ key, consistent: true })).dateMs !== undefined,
  'old row on refusal': async ({ open, key, given }) => {
    await given({});
    let requests = 0;
    const store = open(() => {
      requests += 1;
    });
    await store.write({ kind: 'delete', key, condition: absent('pk') });
    return requests === 1;
  },
  transactions: (fixture) => writesTogether(fixture, 1),
  'transactions of 100 items': (fixture) => writesTogether(fixture, 100),
  streams: ({ running, store }) =>
    onWire(running, async (sdk) => {
      const { Table } = await sdk.send(new DescribeTableCommand({ TableName: store.table }));
      if (Table?.LatestStreamArn === undefined) throw new UnknownOperation();
    }),
  'time to live': ({ running, store }) =>
    onWire(running, async (sdk) => {
      const described = await sdk.send(new DescribeTimeToLiveCommand({ TableName: store.table }));
      if (described.TimeToLiveDescription?.AttributeName === undefined)
        throw new UnknownOperation();
    }),
  'consumed capacity': async ({ open, key }) => {
    let units: number | undefined;
    const store = open(({ capacityUnits }) => {
      units = capacityUnits;
    });
    await store.write({ kind: 'put', item: { ...key } });
    return units === 1;
  },
  'empty strings': async ({ store, key }) =>
    (await store.write({ kind: 'put', item: { ...key, value: '' } })).kind === 'applied',
  'equality of lists and maps': async ({ store, key, given }) => {
    await given({ value: [1] });
    const condition = equals('value', [1]);
    return (await store.write({ kind: 'delete', key, condition })).kind === 'applied';
  },
  'order by code points': async ({ store, key, given }) => {
    await given({ value: '\u{1F600}' });
    const condition = compare('value', '>', '\uFFFD');
    return (await store.write({ kind: 'delete', key, condition })).kind === 'applied';
  },
  'copies of lists and maps': async (fixture) => {
    await fixture.given({ a: { x: 1 } });
    const row = await rowAfter(fixture, copy('b', 'a'), set(['a', 'x'], 2));
    return JSON.stringify(row?.b) === '{"x":1}';
  },
  'conflicting paths': async (fixture) => {
    await fixture.given({ a: {} });
    return (await rowAfter(fixture, set(['a', 'b'], 1), remove(['a', 0]))) === undefined;
  },
  'append beyond the end': async (fixture) => {
    await fixture.given({ list: [] });
    const row = await rowAfter(fixture, set(['list', 3], 1));
    return JSON.stringify(row?.list) === '[1]';
  },
  'set checks its path': async (fixture) => {
    await fixture.given({ map: null });
    return (await rowAfter(fixture, set(['map', 'a'], 1))) === undefined;
  },
  'remove checks its path': async (fixture) => {
    await fixture.given({});
    return (await rowAfter(fixture, remove(['map', 'a']))) === undefined;
  },
};

/** The row that the update made; undefined when it was invalid. */
async function rowAfter({ store, key }: StoreFixture, ...actions: UpdateAction[]) {
  return (await outcomeOf(store, { kind: 'update', key, actions })).row;
}

/** Whether one native transaction can write so many rows. */
function writesTogether({ running, store, key }: StoreFixture, rows: number): Promise<boolean> {
  return onWire(running, (sdk) => {
    const TransactItems = Array.from({ length: rows }, (_, n) => ({
      Put: { TableName: store.table, Item: { pk: { S: key.pk }, sk: { S: `${n}` } } },
    }));
    return sdk.send(new TransactWriteItemsCommand({ TransactItems }));
  });
}

/** What the raw client makes of an operation that an engine does not have. */
class UnknownOperation extends Error {
  override readonly name = 'UnknownOperationException';
}

/** Whether the engine's wire, if it has one, takes the operation. */
async function onWire(
  { client }: RunningEngine,
  operate: (sdk: DynamoDBClient) => Promise<unknown>,
): Promise<boolean> {
  if (client === undefined) return false;
  const sdk = new DynamoDBClient(client);
  try {
    await operate(sdk);
    return true;
  } catch (error) {
    const lacking = ['UnknownOperationException', 'ValidationException'];
    if (error instanceof Error && lacking.includes(error.name)) return false;
    throw error;
  } finally {
    sdk.destroy();
  }
}
