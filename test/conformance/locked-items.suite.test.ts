import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { Holdfast } from '../../lib/index.ts';
import { type LockedItems, lockedItems } from '../../lib/recipes/index.ts';
import { DynamoItemStore } from '../../lib/store/dynamo-item-store.ts';
import type { ItemStore } from '../../lib/store/item-store.ts';
import { MemoryItemStore } from '../../lib/store/memory-item-store.ts';
import { ExactNumber } from '../../lib/transaction/index.ts';
import { lackOf } from './capabilities.ts';
import { ENGINES, useEngine } from './engines.ts';
import { createItemTable } from './item-table.ts';

const TABLE = 'locked-items';
/** Values that JavaScript's own would spoil. */
const HARD = {
  big: 12345678901234567890123456789012345678n,
  exact: new ExactNumber('0.1234567890123456789'),
  words: new Set(['a', 'b']),
  bytes: new Uint8Array([0, 255]),
};

type Play = (a: LockedItems, b: LockedItems, items: ItemStore) => Promise<void>;

async function countUp(a: LockedItems, b: LockedItems): Promise<void> {
  const add = (through: LockedItems) =>
    through.item(TABLE, { id: 'counter' }).using(async (hold) => {
      await hold.write({ set: { count: Number(hold.item?.count ?? 0) + 1 } });
    });
  await Promise.all([a, b, a, b, a, b].map(add));
  const hold = await a.item(TABLE, { id: 'counter' }).acquire();
  expect(hold.item).toEqual({ id: 'counter', count: 6 });
  expect(await b.item(TABLE, { id: 'counter' }).tryAcquire()).toMatchObject({ acquired: false });
  await hold.release();
}

async function keepEverything(a: LockedItems, b: LockedItems): Promise<void> {
  const first = await a.item(TABLE, { id: 'hard' }).acquire();
  await first.write({ set: HARD });
  const second = await b.item(TABLE, { id: 'hard' }).acquire();
  await second.write({ set: { more: 1 } });
  const third = await a.item(TABLE, { id: 'hard' }).acquire();
  expect(third.item).toEqual({ id: 'hard', ...HARD, more: 1 });
  expect(second.token).toBeGreaterThan(first.token);
  expect(third.token).toBeGreaterThan(second.token);
  await third.release();
}

async function comeAndGo(a: LockedItems, b: LockedItems, items: ItemStore): Promise<void> {
  const at = { table: TABLE, key: { id: { S: 'gone' } } };
  const unwritten = await a.item(TABLE, { id: 'gone' }).acquire();
  expect(unwritten.item).toBeUndefined();
  expect(await unwritten.release()).toEqual({ outcome: 'released' });
  expect(await items.get(at)).toMatchObject({ kind: 'missing' });
  await (await b.item(TABLE, { id: 'gone' }).acquire()).write({ set: { count: 1 } });
  await (await a.item(TABLE, { id: 'gone' }).acquire()).delete();
  expect(await items.get(at)).toMatchObject({ kind: 'missing' });
}

const PLAYS: readonly (readonly [string, Play])[] = [
  ['are changed by two programs, one after the other', countUp],
  ['keep every attribute that they had', keepEverything],
  ['come into being and go under a lock', comeAndGo],
];

for (const engine of ENGINES) {
  describe(`locked items on ${engine.name}`, () => {
    const running = useEngine(engine);
    let items: ItemStore;

    beforeAll(async () => {
      if (engine.unavailable !== undefined) return;
      const { client } = running();
      const dateMs = () => Date.now();
      items =
        client === undefined ? new MemoryItemStore({ dateMs }) : new DynamoItemStore({ client });
      if (client !== undefined) await createItemTable(new DynamoDBClient(client), TABLE);
    });

    test.for(PLAYS)('%s', async ([, play], context) => {
      const lack = engine.unavailable ?? lackOf(engine.name, 'date header');
      if (lack !== undefined) context.skip(lack);
      const programs = ['a', 'b'].map((label) => {
        const store = running().openStore();
        const holdfast = new Holdfast({ store, label, namespace: 'locked-items' });
        return { holdfast, locked: lockedItems(holdfast, { tables: { [TABLE]: ['id'] }, items }) };
      });
      const [a, b] = programs;
      if (a === undefined || b === undefined) throw new Error('two programs');
      await play(a.locked, b.locked, items);
      await Promise.all(programs.map(({ holdfast }) => holdfast.close()));
    });
  });
}
