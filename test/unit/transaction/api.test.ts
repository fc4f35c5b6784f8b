import { describe, expect, test } from 'vitest';
import { sleep } from '../../../lib/core/clock.ts';
import * as api from '../../../lib/transaction/index.ts';
import { guarantee } from '../../planted/control.ts';
import {
  endingOf,
  given,
  ITEMS,
  locks,
  one,
  rawItem,
  readValue,
  setting,
  stage,
  unlocks,
} from './stage.ts';

guarantee(
  'a fenced transaction: does not commit once its hold is lost',
  { without: 'transaction-fence-checked-first' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const fence = await world.run(a.holdfast.lock('items').acquire());
    const lose = async () => {
      await fence.release();
      await b.holdfast.lock('items').acquire();
    };
    a.network.interpose({ on: 'write', when: 'before', matches: locks('x'), run: lose });
    const ending = await world.run(endingOf(setting(a, { x: 1, y: 1 }, { fence })));
    return ending === 'fence-lost' && (await world.run(readValue(b, 'x'))) === 0;
  },
);

describe('a fenced transaction', () => {
  test('commits under a hold of its own', async () => {
    const world = stage();
    const a = world.start('a');
    const fence = await world.run(a.holdfast.lock('items').acquire());
    await world.run(setting(a, { x: 1 }, { fence }));
    expect(await world.run(readValue(a, 'x'))).toBe(1);
  });

  test('is ended at once by one under the next grant of the same lock', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const old = await world.run(a.holdfast.lock('items').acquire());
    const unblock = a.network.block(locks('y'));
    const late = endingOf(setting(a, { x: 1, y: 1 }, { fence: old, ...one }));
    await world.clock.advance(300);
    await world.run(old.release());
    const fence = await world.run(b.holdfast.lock('items').acquire());
    const sinceMs = world.clock.monotonicMs();
    await world.run(setting(b, { x: 2 }, { fence }));
    // The older transaction would have had the right of way, and shown signs of life.
    expect(world.clock.monotonicMs() - sinceMs).toBeLessThan(500);
    unblock();
    expect(await world.run(late)).not.toBeTypeOf('object');
    expect(await world.run(readValue(b, 'x'))).toBe(2);
  });
});

describe('an idempotency key', () => {
  test('lets a transaction happen once, and remembers its value', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }));
    const add = (client: typeof a) =>
      client.transactions.transact(
        async (tx) => {
          const value = Number((await tx.get(ITEMS, { id: 'x' }))?.value) + 1;
          tx.update(ITEMS, { id: 'x' }, { set: { value } });
          return { value };
        },
        { idempotencyKey: 'payment-7' },
      );
    expect(await world.run(add(a))).toMatchObject({ value: { value: 1 }, isReplay: false });
    expect(await world.run(add(b))).toMatchObject({ value: { value: 1 }, isReplay: true });
    expect(await world.run(readValue(b, 'x'))).toBe(1);
  });

  test('refuses a value that it has no room for', async () => {
    const world = stage();
    const a = world.start('a');
    const work = a.transactions.transact(() => 'x'.repeat(5_000), { idempotencyKey: 'k' });
    await expect(world.run(work)).rejects.toThrow(api.ItemTooLargeError);
  });
});

describe('a transaction', () => {
  test('keeps what JavaScript has no numbers for, sets and bytes', async () => {
    const world = stage();
    const a = world.start('a');
    const item = {
      id: 'x',
      big: 12345678901234567890n,
      exact: new api.ExactNumber('0.12345678901234567890123456789012345678'),
      words: new Set(['a', 'b']),
      bytes: new Uint8Array([1, 2]),
      nested: { list: [null, true, { deep: -1.5 }] },
    };
    await world.run(given(a, item, { id: 'y', value: 0 }));
    const [read] = await world.run(a.transactions.read([[ITEMS, { id: 'x' }]]));
    expect(read).toEqual(item);
  });

  test('sees its own writes, and merges them', async () => {
    const world = stage();
    const a = world.start('a');
    await world.run(given(a, { id: 'x', value: 1, other: 2 }));
    const { value } = await world.run(
      a.transactions.transact(async (tx) => {
        tx.update(ITEMS, { id: 'x' }, { set: { value: 2 } });
        tx.update(ITEMS, { id: 'x' }, { set: { more: 3 }, remove: ['other'] });
        const updated = await tx.get(ITEMS, { id: 'x' });
        tx.delete(ITEMS, { id: 'x' });
        const deleted = await tx.get(ITEMS, { id: 'x' });
        tx.update(ITEMS, { id: 'x' }, { set: { value: 4 } });
        return [updated, deleted, await tx.get(ITEMS, { id: 'x' })];
      }),
    );
    expect(value).toEqual([{ id: 'x', value: 2, more: 3 }, undefined, { id: 'x', value: 4 }]);
    expect(await world.run(readValue(a, 'x'))).toBe(4);
  });

  test('calls back once it is committed, and not for an attempt that was not', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }));
    const calls: number[] = [];
    const work = a.transactions.transact(async (tx) => {
      await tx.get(ITEMS, { id: 'x' });
      tx.onCommit(() => calls.push(tx.attempt));
      if (tx.attempt === 1) await setting(b, { x: 1 });
      tx.put(ITEMS, { id: 'y' });
    });
    await world.run(work);
    expect(calls).toEqual([2]);
  });

  test('of a thousand items commits as one, and survives its process', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    const ids = Array.from({ length: 1_000 }, (_, index) => `item-${index}`);
    const fill = (client: typeof a, value: string) =>
      client.transactions.transact((tx) => {
        for (const id of ids) tx.put(ITEMS, { id, value });
      });
    // Above what has room in one record.
    const long = 'x'.repeat(400);
    await world.run(fill(a, long));
    const other = 'y'.repeat(400);
    a.network.onNextWrite('crash-before', unlocks('item-500'));
    void endingOf(fill(a, other));
    await world.clock.advance(5_000);
    const read = await world.run(b.transactions.read(ids.map((id) => [ITEMS, { id }] as const)));
    expect(new Set(read.map((item) => item?.value))).toEqual(new Set([other]));
    await world.run(b.transactions.sweep());
    expect(world.leftovers()).toEqual([]);
  });

  test('that fails again and again locks its items first, and gets through', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    let rivals = 0;
    const work = a.transactions.transact(async (tx) => {
      const x = await tx.get(ITEMS, { id: 'x' });
      rivals += 1;
      // Somebody is always faster, as long as nothing keeps him out.
      await endingOf(setting(b, { x: rivals, y: rivals }, { timeoutMs: 300 }));
      await sleep(a.clock, 100);
      tx.update(ITEMS, { id: 'y' }, { set: { value: Number(x?.value) + 100 } });
    });
    const { attempts } = await world.run(work);
    expect(attempts).toBe(4);
    expect(await world.run(readValue(a, 'y'))).toBe(103);
  });

  test('leaves the guard for other programs, and no trace in keys that stay absent', async () => {
    const world = stage();
    const a = world.start('a');
    expect(a.transactions.guard.ExpressionAttributeNames).toEqual({ '#transactionLock': '_txl' });
    const { value } = await world.run(
      a.transactions.transact(async (tx) => {
        const found = await tx.query(ITEMS, { partition: 'x' });
        await tx.get(ITEMS, { id: 'z' });
        return found;
      }),
    );
    expect([value, rawItem(world, 'x'), rawItem(world, 'z')]).toEqual([[], undefined, undefined]);
  });
});
