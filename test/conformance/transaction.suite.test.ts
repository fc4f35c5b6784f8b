import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { Holdfast } from '../../lib/index.ts';
import { sequence } from '../../lib/naming/index.ts';
import { DynamoItemStore } from '../../lib/store/dynamo-item-store.ts';
import type { ItemStore } from '../../lib/store/item-store.ts';
import { MemoryItemStore } from '../../lib/store/memory-item-store.ts';
import type { MemoryStore } from '../../lib/store/memory-store.ts';
import type { ObservedRequest } from '../../lib/store/request-observer.ts';
import {
  type TransactionMode,
  type Transactions,
  transactions,
} from '../../lib/transaction/index.ts';
import { lackOf } from './capabilities.ts';
import { ENGINES, useEngine } from './engines.ts';

/** The tables of one mode: an item belongs to one, as a namespace does. */
interface Names {
  readonly items: string;
  readonly guests: string;
}

const MODES: readonly TransactionMode[] = ['portable', 'mixed'];

function namesOf(mode: TransactionMode): Names {
  return { items: `${mode}-items`, guests: `${mode}-guests` };
}

function tablesOf({ items, guests }: Names) {
  return { [items]: ['id'], [guests]: ['room', 'guest'] } as const;
}

/** What a play has besides the two who act in it. */
interface Scene extends Names {
  readonly holdfasts: readonly Holdfast[];
}

type Play = (a: Transactions, b: Transactions, scene: Scene) => Promise<void>;

async function moveMoney(a: Transactions, b: Transactions, { items }: Names): Promise<void> {
  const ids = ['w', 'x', 'y', 'z'];
  await a.transact((tx) => {
    for (const id of ids) tx.put(items, { id, balance: 100 });
  });
  const move = (through: Transactions, from: string, to: string) =>
    through.transact(async (tx) => {
      const [source, target] = await tx.getAll([
        [items, { id: from }],
        [items, { id: to }],
      ]);
      tx.update(items, { id: from }, { set: { balance: Number(source?.balance) - 1 } });
      tx.put(items, { id: to, balance: Number(target?.balance) + 1 });
    });
  // In a circle, so that each account is wanted by two, through two programs.
  const moves = ids.map((from, index) =>
    move(index % 2 === 0 ? a : b, from, ids[(index + 1) % 4] ?? from),
  );
  await Promise.all(moves);
  const found = await b.read(ids.map((id) => [items, { id }] as const));
  expect(found.map((item) => item?.balance)).toEqual([100, 100, 100, 100]);
}

async function keepApart(a: Transactions, b: Transactions, { items }: Names): Promise<void> {
  const come = (through: Transactions, mine: string, other: string) =>
    through.transact(async (tx) => {
      const [present, rival] = await tx.getAll([
        [items, { id: mine }],
        [items, { id: other }],
      ]);
      if (present === undefined && rival === undefined) tx.put(items, { id: mine });
    });
  await Promise.all([come(a, 'day', 'night'), come(b, 'night', 'day')]);
  const both = await a.read([
    [items, { id: 'day' }],
    [items, { id: 'night' }],
  ]);
  expect(both.filter((item) => item !== undefined)).toHaveLength(1);
}

async function countGuests(a: Transactions, b: Transactions, { guests }: Names): Promise<void> {
  const enter = (through: Transactions, guest: string) =>
    through.transact(async (tx) => {
      const present = await tx.query(guests, { partition: 'hall' });
      if (present.length < 2) tx.put(guests, { room: 'hall', guest });
    });
  const entering = ['1', '2', '3', '4', '5'].map((guest, index) =>
    enter(index % 2 === 0 ? a : b, guest),
  );
  await Promise.all(entering);
  const { value } = await a.transact((tx) => tx.query(guests, { partition: 'hall' }));
  expect(value).toHaveLength(2);
}

async function payOnce(a: Transactions, b: Transactions, { items }: Names): Promise<void> {
  const pay = (through: Transactions) =>
    through.transact(
      async (tx) => {
        const item = await tx.get(items, { id: 'till' });
        const balance = Number(item?.balance ?? 0) + 5;
        tx.update(items, { id: 'till' }, { set: { balance } });
        return balance;
      },
      { idempotencyKey: 'once' },
    );
  const paid = await Promise.all([pay(a), pay(b), pay(a)]);
  expect(paid.map(({ value }) => value)).toEqual([5, 5, 5]);
  expect(paid.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
}

async function writeManyOrLarge(a: Transactions, b: Transactions, { items }: Names): Promise<void> {
  const ids = Array.from({ length: 8 }, (_, index) => `many-${index}`);
  const text = 'é'.repeat(20_000);
  await a.transact((tx) => {
    for (const id of ids) tx.put(items, { id, text, big: 12345678901234567890n });
  });
  await a.transact((tx) => {
    for (const id of ids.slice(0, 2)) tx.delete(items, { id });
    for (const id of ids.slice(2)) tx.update(items, { id }, { remove: ['text'] });
  });
  const found = await b.read(ids.map((id) => [items, { id }] as const));
  expect(found.filter((item) => item === undefined)).toHaveLength(2);
  expect(found.at(-1)).toEqual({ id: 'many-7', big: 12345678901234567890n });
}

async function refuseRanges(a: Transactions, _: Transactions, { guests }: Names): Promise<void> {
  const counting = a.transact((tx) => tx.query(guests, { partition: 'hall' }));
  await expect(counting).rejects.toMatchObject({ code: 'invalid-argument' });
}

/** A thief in another program, at the moment at which everything is locked. */
async function fenceStrictly(a: Transactions, b: Transactions, { items, holdfasts }: Scene) {
  const [own, other] = holdfasts;
  const hold = await own?.lock('strict').acquire();
  if (hold === undefined) throw new Error('there is no hold');
  const fence = { hold, strict: true };
  await a.transact((tx) => tx.put(items, { id: 'page', text: 'mine' }), { fence });
  const next = other?.lock('strict').acquire();
  await hold.release();
  await next;
  const late = a.transact((tx) => tx.put(items, { id: 'page', text: 'late' }), { fence });
  await expect(late).rejects.toMatchObject({ code: 'fence-lost' });
  expect(await b.read([[items, { id: 'page' }]])).toEqual([{ id: 'page', text: 'mine' }]);
}

async function numberWithoutGaps(a: Transactions, b: Transactions, { items, holdfasts }: Scene) {
  const [own, other] = holdfasts;
  const write = (through: Transactions, holdfast: Holdfast | undefined, fails = false) =>
    through.transact(async (tx) => {
      if (holdfast === undefined) throw new Error('there is no instance');
      const number = await sequence(holdfast, 'invoices').gapless(tx);
      if (fails) throw new Error('no invoice after all');
      tx.put(items, { id: `invoice-${number}` });
      return number;
    });
  await expect(write(a, own, true)).rejects.toThrow('after all');
  const works = [write(a, own), write(b, other), write(a, own), write(b, other)];
  const numbers = (await Promise.all(works)).map(({ value }) => value);
  expect(numbers.toSorted()).toEqual([1, 2, 3, 4]);
}

const BOTH: readonly (readonly [string, Play])[] = [
  ['move money and make none', moveMoney],
  ['keep two apart on keys without items', keepApart],
  ['happen once for an idempotency key', payOnce],
  ['write more than one record holds', writeManyOrLarge],
  ['commit under a strict fence, and not after it', fenceStrictly],
  ['number what they write without a gap', numberWithoutGaps],
];

const PLAYS: Readonly<Record<TransactionMode, readonly (readonly [string, Play])[]>> = {
  portable: [...BOTH, ['let nobody into a range that was counted', countGuests]],
  mixed: [...BOTH, ['refuse ranges, which nothing could make safe', refuseRanges]],
};

for (const engine of ENGINES) {
  describe(`transactions on ${engine.name}`, () => {
    const running = useEngine(engine);
    let memory: ItemStore | undefined;
    const spent: ObservedRequest[] = [];
    const onRequest = (request: ObservedRequest) => spent.push(request);

    beforeAll(async () => {
      if (engine.unavailable !== undefined) return;
      const { client, openStore } = running();
      if (client !== undefined) await createTables(new DynamoDBClient(client));
      else memory = new MemoryItemStore({ onRequest, rows: openStore() as MemoryStore });
    });

    const open = async (label: string, mode: TransactionMode) => {
      const { client, openStore } = running();
      const options = { label, namespace: mode, requestTimeoutMs: 5_000 };
      const holdfast = new Holdfast({ store: openStore(), ...options });
      const items = memory ?? new DynamoItemStore({ client, onRequest });
      const tables = tablesOf(namesOf(mode));
      return { holdfast, shop: transactions(holdfast, { tables, items, mode }) };
    };

    for (const mode of MODES)
      for (const [title, play] of PLAYS[mode])
        test(`${mode}: ${title}`, async (context) => {
          if (engine.unavailable !== undefined) context.skip(engine.unavailable);
          // Locks are granted by the table's time.
          const lacking = play === fenceStrictly ? lackOf(engine.name, 'date header') : undefined;
          if (engine.name !== 'memory' && lacking !== undefined) context.skip(lacking);
          const [a, b] = await Promise.all([open('a', mode), open('b', mode)]);
          const holdfasts = [a.holdfast, b.holdfast];
          await play(a.shop, b.shop, { ...namesOf(mode), holdfasts });
          await a.shop.settled();
          await b.shop.settled();
          const { finished } = await b.shop.sweep();
          expect(finished).toBe(0);
          await a.holdfast.close();
          await b.holdfast.close();
        });

    test('mixed: one request for writes and checks, where there is one', async (context) => {
      if (engine.unavailable !== undefined) context.skip(engine.unavailable);
      const { holdfast, shop } = await open('a', 'mixed');
      const { items } = namesOf('mixed');
      const ids = ['k', 'l', 'm'];
      await shop.transact((tx) => {
        for (const id of ids) tx.put(items, { id, value: 0 });
      });
      await shop.settled();
      await shop.transact(async (tx) => {
        await tx.getAll(ids.map((id) => [items, { id }] as const));
        for (const id of ids.slice(1)) tx.update(items, { id }, { set: { value: 1 } });
        spent.length = 0;
      });
      await shop.settled();
      const lack = engine.name === 'memory' ? undefined : lackOf(engine.name, 'transactions');
      const writes = spent.map(({ operation }) => operation).filter((each) => each !== 'get');
      if (lack === undefined) expect(writes).toEqual(['transact-write']);
      else expect(writes).toHaveLength(7);
      await holdfast.close();
    });

    test('mixed: the hold that fences it is part of the transaction', async (context) => {
      if (engine.unavailable !== undefined) context.skip(engine.unavailable);
      const lack = engine.name === 'memory' ? undefined : lackOf(engine.name, 'date header');
      if (lack !== undefined) context.skip(lack);
      const { holdfast, shop } = await open('a', 'mixed');
      const { items } = namesOf('mixed');
      const fence = await holdfast.lock('items').acquire();
      const write = (value: number) =>
        shop.transact((tx) => tx.put(items, { id: 'fenced', value }), { fence });
      await write(1);
      await fence.release();
      await expect(write(2)).rejects.toMatchObject({ code: 'fence-lost' });
      expect(await shop.read([[items, { id: 'fenced' }]])).toEqual([{ id: 'fenced', value: 1 }]);
      await holdfast.close();
    });

    test('the mode of the first is that of all', async (context) => {
      if (engine.unavailable !== undefined) context.skip(engine.unavailable);
      const { holdfast, shop } = await open('a', 'mixed');
      await shop.read([[namesOf('mixed').items, { id: 'w' }]]);
      const items = memory ?? new DynamoItemStore(running());
      const other = transactions(holdfast, { tables: tablesOf(namesOf('mixed')), items });
      const refused = other.read([[namesOf('mixed').items, { id: 'w' }]]);
      await expect(refused).rejects.toMatchObject({
        code: 'mode-mismatch',
        mode: 'portable',
        agreedMode: 'mixed',
      });
      await holdfast.close();
    });
  });
}

async function createTables(client: DynamoDBClient): Promise<void> {
  const tables = MODES.map((mode) => tablesOf(namesOf(mode)));
  for (const [TableName, names] of tables.flatMap((each) => Object.entries(each))) {
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
