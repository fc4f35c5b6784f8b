import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { Holdfast } from '../../lib/index.ts';
import { DynamoItemStore } from '../../lib/store/dynamo-item-store.ts';
import type { ItemStore } from '../../lib/store/item-store.ts';
import { MemoryItemStore } from '../../lib/store/memory-item-store.ts';
import { type Transactions, transactions } from '../../lib/transaction/index.ts';
import { ENGINES, useEngine } from './engines.ts';

const ITEMS = 'transaction-items';
const GUESTS = 'transaction-guests';
const TABLES = { [ITEMS]: ['id'], [GUESTS]: ['room', 'guest'] } as const;

type Play = (a: Transactions, b: Transactions) => Promise<void>;

async function moveMoney(a: Transactions, b: Transactions): Promise<void> {
  const ids = ['w', 'x', 'y', 'z'];
  await a.transact((tx) => {
    for (const id of ids) tx.put(ITEMS, { id, balance: 100 });
  });
  const move = (through: Transactions, from: string, to: string) =>
    through.transact(async (tx) => {
      const [source, target] = await tx.getAll([
        [ITEMS, { id: from }],
        [ITEMS, { id: to }],
      ]);
      tx.update(ITEMS, { id: from }, { set: { balance: Number(source?.balance) - 1 } });
      tx.put(ITEMS, { id: to, balance: Number(target?.balance) + 1 });
    });
  // In a circle, so that each account is wanted by two, through two programs.
  const moves = ids.map((from, index) =>
    move(index % 2 === 0 ? a : b, from, ids[(index + 1) % 4] ?? from),
  );
  await Promise.all(moves);
  const items = await b.read(ids.map((id) => [ITEMS, { id }] as const));
  expect(items.map((item) => item?.balance)).toEqual([100, 100, 100, 100]);
}

async function keepApart(a: Transactions, b: Transactions): Promise<void> {
  const come = (through: Transactions, mine: string, other: string) =>
    through.transact(async (tx) => {
      const [present, rival] = await tx.getAll([
        [ITEMS, { id: mine }],
        [ITEMS, { id: other }],
      ]);
      if (present === undefined && rival === undefined) tx.put(ITEMS, { id: mine });
    });
  await Promise.all([come(a, 'day', 'night'), come(b, 'night', 'day')]);
  const both = await a.read([
    [ITEMS, { id: 'day' }],
    [ITEMS, { id: 'night' }],
  ]);
  expect(both.filter((item) => item !== undefined)).toHaveLength(1);
}

async function countGuests(a: Transactions, b: Transactions): Promise<void> {
  const enter = (through: Transactions, guest: string) =>
    through.transact(async (tx) => {
      const present = await tx.query(GUESTS, { partition: 'hall' });
      if (present.length < 2) tx.put(GUESTS, { room: 'hall', guest });
    });
  const entering = ['1', '2', '3', '4', '5'].map((guest, index) =>
    enter(index % 2 === 0 ? a : b, guest),
  );
  await Promise.all(entering);
  const { value } = await a.transact((tx) => tx.query(GUESTS, { partition: 'hall' }));
  expect(value).toHaveLength(2);
}

async function payOnce(a: Transactions, b: Transactions): Promise<void> {
  const pay = (through: Transactions) =>
    through.transact(
      async (tx) => {
        const item = await tx.get(ITEMS, { id: 'till' });
        const balance = Number(item?.balance ?? 0) + 5;
        tx.update(ITEMS, { id: 'till' }, { set: { balance } });
        return balance;
      },
      { idempotencyKey: 'once' },
    );
  const paid = await Promise.all([pay(a), pay(b), pay(a)]);
  expect(paid.map(({ value }) => value)).toEqual([5, 5, 5]);
  expect(paid.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
}

async function writeManyOrLarge(a: Transactions, b: Transactions): Promise<void> {
  const ids = Array.from({ length: 8 }, (_, index) => `many-${index}`);
  const text = 'é'.repeat(20_000);
  await a.transact((tx) => {
    for (const id of ids) tx.put(ITEMS, { id, text, big: 12345678901234567890n });
  });
  await a.transact((tx) => {
    for (const id of ids.slice(0, 2)) tx.delete(ITEMS, { id });
    for (const id of ids.slice(2)) tx.update(ITEMS, { id }, { remove: ['text'] });
  });
  const items = await b.read(ids.map((id) => [ITEMS, { id }] as const));
  expect(items.filter((item) => item === undefined)).toHaveLength(2);
  expect(items.at(-1)).toEqual({ id: 'many-7', big: 12345678901234567890n });
}

const PLAYS: readonly (readonly [string, Play])[] = [
  ['move money and make none', moveMoney],
  ['keep two apart on keys without items', keepApart],
  ['let nobody into a range that was counted', countGuests],
  ['happen once for an idempotency key', payOnce],
  ['write more than one record holds', writeManyOrLarge],
];

for (const engine of ENGINES) {
  describe(`transactions on ${engine.name}`, () => {
    const running = useEngine(engine);
    let memory: ItemStore | undefined;

    beforeAll(async () => {
      if (engine.unavailable !== undefined) return;
      const { client } = running();
      if (client === undefined) memory = new MemoryItemStore();
      else await createTables(new DynamoDBClient(client));
    });

    for (const [title, play] of PLAYS)
      test(title, async (context) => {
        if (engine.unavailable !== undefined) context.skip(engine.unavailable);
        const open = async (label: string) => {
          const { client, openStore } = running();
          const holdfast = new Holdfast({ store: openStore(), label, requestTimeoutMs: 5_000 });
          const items = memory ?? new DynamoItemStore(client === undefined ? {} : { client });
          return { holdfast, shop: transactions(holdfast, { tables: TABLES, items }) };
        };
        const [a, b] = await Promise.all([open('a'), open('b')]);
        await play(a.shop, b.shop);
        await a.shop.settled();
        await b.shop.settled();
        const { finished } = await b.shop.sweep();
        expect(finished).toBe(0);
        await a.holdfast.close();
        await b.holdfast.close();
      });
  });
}

async function createTables(client: DynamoDBClient): Promise<void> {
  for (const [TableName, names] of Object.entries(TABLES)) {
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: names.map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S' as const,
        })),
        KeySchema: names.map((AttributeName, index) => ({
          AttributeName,
          KeyType: index === 0 ? ('HASH' as const) : ('RANGE' as const),
        })),
      }),
    );
  }
  client.destroy();
}
