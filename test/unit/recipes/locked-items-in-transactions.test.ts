import { describe, expect, test } from 'vitest';
import { Holdfast } from '../../../lib/holdfast.ts';
import * as recipes from '../../../lib/recipes/index.ts';
import { guarantee } from '../../planted/control.ts';
import type { Library } from '../../planted/load.ts';
import type { TransactionClient } from '../../sim/transactions/world.ts';
import {
  endingOf,
  given,
  ITEMS,
  locks,
  rawItem,
  readValue,
  setsValue,
  setting,
  stage,
} from '../transaction/stage.ts';

/** The lock of an item, for a process that knows the table's time. */
async function itemOf(client: TransactionClient, id: string, library: Library) {
  await client.holdfast.lock('earlier').holder();
  const options = { tables: { [ITEMS]: ['id'] } as const, items: client.network };
  return library.lockedItems(client.holdfast, options).item(ITEMS, { id });
}

guarantee(
  'a locked item: is not granted while a transaction is at work on it',
  { without: 'item-taken-under-a-transaction' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const item = await world.run(itemOf(b, 'x', library));
    a.network.onNextWrite('crash-after', locks('x'));
    void endingOf(setting(a, { x: 1, y: 1 }));
    await world.clock.advance(100);
    if (rawItem(world, 'x')?._txl === undefined) throw new Error('not locked');
    const result = await world.run(item.tryAcquire());
    return !result.acquired && result.holder.label === 'a transaction';
  },
);

guarantee(
  'a locked item: what a transaction has committed since is not overwritten',
  { without: 'item-written-over-a-transaction' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }));
    const item = await world.run(itemOf(b, 'x', library));
    const hold = await world.run(item.acquire());
    await world.run(setting(a, { x: 5 }));
    const ending = await world.run(endingOf(hold.write({ set: { value: 1 } })));
    const value = await world.run(readValue(a, 'x'));
    await world.run(hold.release());
    return ending === 'item-changed' && value === 5 && rawItem(world, 'x')?._lock === undefined;
  },
);

guarantee(
  'a locked item: a transaction that has read it before notices that it was written',
  { without: 'item-write-keeps-the-version' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }));
    const item = await world.run(itemOf(b, 'x', library));
    let runs = 0;
    const work = a.transactions.transact(async (tx) => {
      const found = await tx.get(ITEMS, { id: 'x' });
      runs += 1;
      if (runs === 1) await item.using((hold) => hold.write({ set: { value: 1 } }));
      tx.update(ITEMS, { id: 'x' }, { set: { value: Number(found?.value) + 10 } });
    });
    await world.run(work);
    return (await world.run(readValue(a, 'x'))) === 11;
  },
);

guarantee(
  'a locked item: what is written under its lock after a transaction is no foreign write to it',
  { without: 'transaction-item-lock-is-foreign' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const item = await world.run(itemOf(b, 'x', library));
    // The transaction has written the item, and does not know it when the next one does.
    const run = () => item.using((hold) => hold.write({ set: { value: 2 } }));
    a.network.interpose({ on: 'write', when: 'after', matches: setsValue('x'), run });
    a.network.onNextWrite('answer-lost', setsValue('x'));
    const ending = await world.run(endingOf(setting(a, { x: 1, y: 1 })));
    const value = await world.run(readValue(b, 'x'));
    return ending !== 'foreign-write' && value === 2;
  },
);

guarantee(
  'a locked item: what a transaction makes of a mere lock stays when that is given back',
  { without: 'transaction-writes-into-a-stub' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    const item = await world.run(itemOf(b, 'x', library));
    const hold = await world.run(item.acquire());
    await world.run(setting(a, { x: 5 }));
    const { outcome } = await world.run(hold.release());
    return outcome === 'released' && (await world.run(readValue(a, 'x'))) === 5;
  },
);

guarantee(
  'a locked item: a transaction that writes the whole item keeps its tokens',
  { without: 'transaction-drops-the-hold' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }));
    const item = await world.run(itemOf(b, 'x', library));
    const hold = await world.run(item.acquire());
    const put = a.transactions.transact(async (tx) => {
      tx.put(ITEMS, { ...(await tx.get(ITEMS, { id: 'x' })), id: 'x', value: 5 });
    });
    await world.run(put);
    const ending = await world.run(endingOf(hold.write({ set: { value: 1 } })));
    await world.run(hold.release());
    const next = await world.run(item.acquire());
    return ending === 'item-changed' && next.token > hold.token && next.item?.value === 5;
  },
);

guarantee(
  'a locked item: a transaction that writes the whole item does not bring an older lock back',
  { without: 'transaction-writes-back-a-hold' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }));
    // With a version, so that one write does for the next.
    await world.run(setting(a, { x: 1 }));
    const item = await world.run(itemOf(b, 'x', library));
    let token = 0;
    const put = a.transactions.transact(async (tx) => {
      await tx.get(ITEMS, { id: 'x' });
      if (tx.attempt === 1) {
        await item.using((hold) => {
          token = hold.token;
        });
      }
      tx.put(ITEMS, { id: 'x', value: 5 });
    });
    await world.run(put);
    const { _lockToken: kept } = rawItem(world, 'x') ?? {};
    return token > 0 && kept !== undefined && 'N' in kept && Number(kept.N) === token;
  },
);

describe('a locked item in a transaction', () => {
  test('is shown without its lock, and not at all where there is nothing else', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 1 }));
    const library = { ...recipes, Holdfast } as unknown as Library;
    for (const id of ['x', 'stub']) {
      const item = await world.run(itemOf(b, id, library));
      await world.run(item.acquire());
    }
    const { value } = await world.run(
      a.transactions.transact((tx) =>
        Promise.all([tx.get(ITEMS, { id: 'x' }), tx.get(ITEMS, { id: 'stub' })]),
      ),
    );
    expect(value).toEqual([{ id: 'x', value: 1 }, undefined]);
    const wrong = a.transactions.transact((tx) => tx.put(ITEMS, { id: 'x', _lockToken: 1 }));
    await expect(world.run(wrong)).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});
