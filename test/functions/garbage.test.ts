import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { handler as garbageHandler } from '../../functions/garbage/handler.ts';
import { sweepGarbage } from '../../functions/garbage/sweep.ts';
import { scanOf } from '../../functions/garbage/table-scan.ts';
import { systemClock } from '../../lib/core/clock.ts';
import { Holdfast } from '../../lib/index.ts';
import { type LocalTable, startLocalTable } from '../../lib/local/index.ts';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
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

const PARTITION = 'photos#lock#door';

async function put(sk: string, ttl: number | string): Promise<void> {
  const result = await store.write({ kind: 'put', item: { pk: PARTITION, sk, ttl } });
  expect(result.kind).toBe('applied');
}

/** Garbage, a row that lives on and one that is kept for ever. */
async function fill(garbage: number): Promise<void> {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  for (let number = 0; number < garbage; number += 1) {
    await put(`old#${number}`, nowSeconds - 2 * HOUR_SECONDS);
  }
  await put('kept', 'keep');
  await put('live', nowSeconds + HOUR_SECONDS);
}

async function left(): Promise<readonly unknown[]> {
  const page = await store.query({ pk: PARTITION, consistent: true });
  if (page.kind !== 'page') throw new Error(page.failure.message);
  return page.items.map(({ sk }) => sk);
}

const invoke = () => handler({}, { getRemainingTimeInMillis: () => 60_000 });

describe('the garbage function', () => {
  test('deletes what has expired, and leaves no claim that would keep the next away', async () => {
    await fill(6);
    expect(await invoke()).toMatchObject({ outcome: 'passed', deleted: 6, failed: 0 });
    expect(await left()).toEqual(['kept', 'live']);
    expect(await invoke()).toMatchObject({ outcome: 'passed', deleted: 0 });
  });

  test('gets through an engine page by page, and counts what that costs', async () => {
    await fill(12);
    const scan = scanOf(TABLE, local.clientConfig, 5);
    const limits = { budgetMs: 60_000, unitsPerSecond: 100_000 };
    const report = await sweepGarbage({ store, scan, clock: systemClock }, limits);
    expect(report).toMatchObject({ outcome: 'passed', deleted: 12 });
    // 15 rows: three full pages, and perhaps an empty one to learn that there are no more.
    expect(report.pages).toBeGreaterThanOrEqual(3);
    // Half a unit at least for each page, and one for each deletion.
    expect(report.units).toBeGreaterThanOrEqual(12 + 0.5 * 3);
    expect(await left()).toEqual(['kept', 'live']);
  });
});
