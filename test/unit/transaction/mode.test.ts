import { describe, expect, test } from 'vitest';
import { Holdfast } from '../../../lib/holdfast.ts';
import { DynamoItemStore } from '../../../lib/store/dynamo-item-store.ts';
import { MemoryItemStore } from '../../../lib/store/memory-item-store.ts';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import * as api from '../../../lib/transaction/index.ts';
import { HOME, TransactionWorld } from '../../sim/transactions/world.ts';
import { serviceError, startWireServer } from '../store/wire-server.ts';
import { creates, endingOf, given, ITEMS, setting } from './stage.ts';

const TABLES = { [ITEMS]: ['id'] } as const;

function open(items: api.TransactionsOptions['items'], mode: api.TransactionMode = 'mixed') {
  const holdfast = new Holdfast({ store: new MemoryStore({ table: HOME.table }) });
  return api.transactions(holdfast, { tables: TABLES, items, mode });
}

describe('the mode of transactions', () => {
  test('is written by whoever comes first, however its answer is lost', async () => {
    const world = new TransactionWorld({ seed: 1, tables: TABLES, mode: 'mixed' });
    const [a, b] = [world.start('a'), world.start('b', undefined, 'portable')];
    a.network.onNextWrite('answer-lost', creates);
    await world.run(given(a, { id: 'x', value: 0 }));
    expect(world.faults['answer-lost']).toBe(1);
    expect(await world.run(endingOf(setting(b, { x: 1 })))).toBe('mode-mismatch');
  });

  test('is asked for again where the table did not answer', async () => {
    const world = new TransactionWorld({ seed: 1, tables: TABLES, mode: 'mixed' });
    const a = world.start('a');
    a.network.rates = { throttled: 1 };
    expect(await world.run(endingOf(given(a, { id: 'x' })))).toBe('store-unavailable');
    a.network.rates = {};
    expect(await world.run(endingOf(given(a, { id: 'x' })))).toBeTypeOf('object');
  });

  test('names both modes, and the row that decides', async () => {
    const items = new MemoryItemStore();
    await open(items).transact((tx) => tx.put(ITEMS, { id: 'x' }));
    const refused = open(items, 'portable').read([[ITEMS, { id: 'x' }]]);
    const error = await refused.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(api.TransactionModeError);
    expect((error as Error).message).toMatch(/expected 'mixed'.*transaction-mode.*got 'portable'/);
  });
});

describe('the mode of native requests', () => {
  test('remembers the value of what only read at one moment, under its key', async () => {
    const shop = open(new MemoryItemStore());
    await shop.transact((tx) => tx.put(ITEMS, { id: 'x', value: 1 }));
    const look = () =>
      shop.transact(async (tx) => (await tx.getAllAtOnce([[ITEMS, { id: 'x' }]]))[0]?.value, {
        idempotencyKey: 'look',
      });
    expect(await look()).toMatchObject({ value: 1, isReplay: false });
    await shop.transact((tx) => tx.put(ITEMS, { id: 'x', value: 2 }));
    expect(await look()).toMatchObject({ value: 1, isReplay: true });
  });

  test('validates what was read after what was read at one moment', async () => {
    const shop = open(new MemoryItemStore());
    await shop.transact((tx) => {
      for (const id of ['x', 'y']) tx.put(ITEMS, { id, value: 1 });
    });
    const { value, attempts } = await shop.transact(async (tx) => {
      const [x] = await tx.getAllAtOnce([[ITEMS, { id: 'x' }]]);
      if (tx.attempt === 1) {
        await shop.transact((other) => {
          for (const id of ['x', 'y']) other.put(ITEMS, { id, value: 2 });
        });
      }
      return [x?.value, (await tx.get(ITEMS, { id: 'y' }))?.value];
    });
    expect([value, attempts]).toEqual([[2, 2], 2]);
  });

  test('is that of the portable protocol where the engine has none', async () => {
    const operations: string[] = [];
    const items = new MemoryItemStore({
      lacksTransactions: true,
      onRequest: ({ operation }) => operations.push(operation),
    });
    const shop = open(items);
    await shop.transact((tx) => {
      tx.put(ITEMS, { id: 'x', value: 1 });
      tx.put(ITEMS, { id: 'y', value: 1 });
    });
    const read = await shop.read([
      [ITEMS, { id: 'x' }],
      [ITEMS, { id: 'y' }],
    ]);
    expect(read.map((item) => item?.value)).toEqual([1, 1]);
    // It asks once.
    expect(operations.filter((each) => each.startsWith('transact'))).toEqual(['transact-get']);
  });

  test('is refused by a table whose kind has none, beside others that may have them', async () => {
    const words = 'Transactions are not supported with multi-Region strong consistency';
    const server = await startWireServer(() => serviceError('ValidationException', words));
    const items = new DynamoItemStore({ client: server.client });
    const ending = await endingOf(open(items).read([[ITEMS, { id: 'x' }]]));
    expect(ending).toBe('native-unsupported');
    items.close();
    await server.close();
  });

  test.each([
    ['another mode', () => open(new MemoryItemStore(), 'native' as api.TransactionMode)],
    [
      'another preference',
      () =>
        open(new MemoryItemStore()).transact(() => 0, {
          prefer: 'speed' as NonNullable<api.TransactOptions['prefer']>,
        }),
    ],
  ])('has no %s', async (_, wrong) => {
    await expect(async () => wrong()).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});
