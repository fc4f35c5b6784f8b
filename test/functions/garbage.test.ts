import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { handler as garbageHandler } from '../../functions/garbage/handler.ts';
import { Holdfast } from '../../lib/index.ts';
import { type LocalTable, startLocalTable } from '../../lib/local/index.ts';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import { inParallel } from '../../lib/transaction/parallel.ts';
import { loadHandler } from './load-handler.ts';

const TABLE = 'garbage';
const HOUR_SECONDS = 3_600;

let local: LocalTable;
let store: DynamoStore;
let handler: typeof garbageHandler;
beforeAll(async () => {
  local = await startLocalTable();
  await using holdfast = new Holdfast({ table: TABLE, clientConfig: local.clientConfig });
  await holdfast.createTable();
  store = new DynamoStore({ table: TABLE, client: local.clientConfig });
  handler = await loadHandler<typeof garbageHandler>('garbage', {
    AWS_ENDPOINT_URL_DYNAMODB: local.endpoint,
    HOLDFAST_TABLE: TABLE,
    HOLDFAST_GARBAGE_UNITS_PER_SECOND: '100000',
  });
});
afterAll(async () => {
  store.close();
  await local.stop();
});

async function put(sk: string, ttl: number | string): Promise<void> {
  const result = await store.write({ kind: 'put', item: { pk: 'photos#lock#door', sk, ttl } });
  expect(result.kind).toBe('applied');
}

const invoke = () => handler({}, { getRemainingTimeInMillis: () => 60_000 });

describe('the garbage function', () => {
  test('deletes what has expired on an engine, over several pages, and nothing else', async () => {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const names = Array.from({ length: 510 }, (_, number) => `old#${number}`);
    await inParallel(names, (name) => put(name, nowSeconds - 2 * HOUR_SECONDS));
    await put('kept', 'keep');
    await put('live', nowSeconds + HOUR_SECONDS);
    const report = await invoke();
    expect(report).toMatchObject({ outcome: 'passed', pages: 2, deleted: 510, failed: 0 });
    // Every deletion is a unit, and the pages cost something too.
    expect(report.units).toBeGreaterThan(510);
    const left = await store.query({ pk: 'photos#lock#door', consistent: true });
    expect(left.kind === 'page' && left.items.map(({ sk }) => sk)).toEqual(['kept', 'live']);
  });

  test('leaves no claim behind that would keep the next from beginning', async () => {
    expect(await invoke()).toMatchObject({ outcome: 'passed', deleted: 0 });
    expect(await invoke()).toMatchObject({ outcome: 'passed', deleted: 0 });
  });
});
