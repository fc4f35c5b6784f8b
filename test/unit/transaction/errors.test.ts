import { describe, expect, test } from 'vitest';
import { sleep } from '../../../lib/core/clock.ts';
import { Holdfast } from '../../../lib/holdfast.ts';
import type { ItemWrite } from '../../../lib/store/item-store.ts';
import { MemoryItemStore } from '../../../lib/store/memory-item-store.ts';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import * as api from '../../../lib/transaction/index.ts';
import { HOME } from '../../sim/transactions/world.ts';
import { decides, given, ITEMS, isOf, locks, one, readValue, setting, stage } from './stage.ts';

describe('errors of transactions', () => {
  test('a conflict names the item and who stands in the way', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const unblock = a.network.block(locks('y'));
    const long = setting(a, { x: 1, y: 1 });
    await world.clock.advance(1_200);
    const late = setting(b, { x: 2, y: 2 }, one).catch((error: unknown) => error);
    const error = (await world.run(late)) as api.TransactionConflictError;
    expect(error).toBeInstanceOf(api.TransactionConflictError);
    expect(error).toMatchObject({ code: 'transaction-conflict', attempts: 1 });
    expect([error.item, error.owner]).toEqual([expect.stringContaining('x'), expect.any(String)]);
    unblock();
    await world.run(long);
  });

  test('an outcome that nobody can tell is called unknown', async () => {
    const world = stage();
    const a = world.start('a');
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const cutOff = () => {
      a.network.rates = { dropped: 1 };
    };
    const run = async () => cutOff();
    a.network.interpose({ on: 'write', when: 'after', matches: decides, run });
    a.network.onNextWrite('answer-lost', decides);
    const error = await world.run(setting(a, { x: 1, y: 1 }).catch((cause: unknown) => cause));
    expect(error).toBeInstanceOf(api.OutcomeUnknownError);
    const { transactionId } = error as api.OutcomeUnknownError;
    a.network.rates = {};
    expect(await world.run(a.transactions.outcome(transactionId))).toBe('committed');
    expect(await world.run(readValue(a, 'x'))).toBe(1);
  });

  test('an item that a program outside overwrites under its lock is reported', async () => {
    const world = stage();
    const a = world.start('a');
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const key = { id: { S: 'x' } };
    const item = { ...key, value: { N: '9' } };
    const run = () => world.memory.write({ kind: 'put', table: ITEMS, key, item });
    a.network.interpose({ on: 'write', when: 'after', matches: decides, run });
    const error = await world.run(setting(a, { x: 1, y: 1 }).catch((cause: unknown) => cause));
    expect(error).toBeInstanceOf(api.ForeignWriteError);
    expect((error as api.ForeignWriteError).items).toEqual([expect.stringContaining('x')]);
    expect(await world.run(readValue(a, 'y'))).toBe(1);
  });

  test('an item that transactions have deleted and locked since is not reported', async () => {
    const world = stage();
    const [a, b, c] = [world.start('a'), world.start('b'), world.start('c')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'z', value: 0 }));
    const unblock = c.network.block(locks('z'));
    let late: Promise<unknown> | undefined;
    const run = async () => {
      // Somebody carries out what is decided; the item goes, and its key is locked by another.
      await b.transactions.transact((tx) => tx.delete(ITEMS, { id: 'y' }));
      late = setting(c, { y: 3, z: 3 });
      await sleep(world.clock, 100);
    };
    const matches = (request: ItemWrite) => isOf('y')(request) && request.kind === 'put';
    a.network.interpose({ on: 'write', when: 'before', matches, run });
    const written = await world.run(setting(a, { x: 1, y: 1 }));
    expect(written.unapplied).toEqual([]);
    unblock();
    await world.run(late ?? Promise.resolve());
    expect(await world.run(readValue(a, 'y'))).toBe(3);
  });

  test('an item above 400 KB is refused before anything is locked', async () => {
    const world = stage();
    const a = world.start('a');
    const work = a.transactions.transact((tx) => {
      tx.put(ITEMS, { id: 'x', text: 'x'.repeat(400 * 1_024) });
      tx.put(ITEMS, { id: 'y' });
    });
    await expect(world.run(work)).rejects.toThrow(api.ItemTooLargeError);
    const written = world.memory.snapshot().filter(({ table }) => table === ITEMS);
    expect([written, world.leftovers()]).toEqual([[], []]);
  });

  test('what the function throws ends it, but not because of what never was', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 1 }, { id: 'y', value: 1 }));
    const failed = a.transactions.transact(() => {
      throw new Error('sold out');
    });
    await expect(world.run(failed)).rejects.toThrow('sold out');
    const swapped = a.transactions.transact(async (tx) => {
      const x = await tx.get(ITEMS, { id: 'x' });
      if (tx.attempt === 1) await setting(b, { x: 2, y: 2 });
      const y = await tx.get(ITEMS, { id: 'y' });
      if (x?.value !== y?.value) throw new Error('they differ');
      return y?.value;
    });
    expect(await world.run(swapped)).toMatchObject({ value: 2, attempts: 2 });
  });

  test('a check that fails, and an insert of what is there', async () => {
    const world = stage();
    const a = world.start('a');
    await world.run(given(a, { id: 'x', value: 1 }));
    const insert = a.transactions.transact((tx) => tx.insert(ITEMS, { id: 'x' }));
    await expect(world.run(insert)).rejects.toThrow(api.CheckFailedError);
    const check = a.transactions.transact((tx) =>
      tx.check(ITEMS, { id: 'x' }, (item) => Number(item?.value) > 1, 'too few'),
    );
    await expect(world.run(check)).rejects.toThrow('too few');
  });

  test('time and patience of the caller end it without an effect', async () => {
    const world = stage();
    const a = world.start('a');
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const unblock = a.network.block(locks('y'));
    const late = setting(a, { x: 1, y: 1 }, { timeoutMs: 500 });
    await expect(world.run(late)).rejects.toMatchObject({ code: 'transaction-timeout' });
    const abort = new AbortController();
    const abandoned = setting(a, { x: 1, y: 1 }, { signal: abort.signal });
    a.clock.startTimer(200, () => abort.abort(new Error('enough')));
    await expect(world.run(abandoned)).rejects.toThrow('enough');
    unblock();
    expect(await world.run(readValue(a, 'x'))).toBe(0);
    expect(world.leftovers()).toEqual([]);
  });
});

describe('arguments of transactions', () => {
  const holdfast = new Holdfast({ store: new MemoryStore({ table: HOME.table }) });
  const items = new MemoryItemStore();
  const invalid = { code: 'invalid-argument' };

  test.each([
    ["the library's own table", { tables: { [HOME.table]: ['pk', 'sk'] as const } }],
    ['a key without names', { tables: { items: [] as unknown as api.KeyNames } }],
    ['an orphan time that is too short', { tables: {}, orphanMs: 10 }],
    ['a misspelt option', { tables: {}, retention: 1 } as unknown as api.TransactionsOptions],
  ])('refuse %s', (_, options) => {
    const make = () => api.transactions(holdfast, { items, ...options });
    expect(make).toThrow(expect.objectContaining(invalid));
  });

  test.each([
    ['a table that was not declared', (tx: api.Transaction) => tx.put('others', { id: 'x' })],
    ['a key of another shape', (tx: api.Transaction) => tx.delete(ITEMS, { id: 'x', sort: 1 })],
    ['an empty key', (tx: api.Transaction) => tx.put(ITEMS, { id: '' })],
    ['a key that is a fraction', (tx: api.Transaction) => tx.put(ITEMS, { id: 0.5 })],
    ['reserved names', (tx: api.Transaction) => tx.put(ITEMS, { id: 'x', _txl: 1 })],
    [
      'a change of the key',
      (tx: api.Transaction) => tx.update(ITEMS, { id: 'x' }, { set: { id: 'y' } }),
    ],
    [
      'a function',
      (tx: api.Transaction) => tx.put(ITEMS, { id: 'x', f: (() => 0) as unknown as string }),
    ],
  ])('refuse %s before any request', async (_, write) => {
    const shop = api.transactions(holdfast, { tables: { [ITEMS]: ['id'] }, items });
    await expect(shop.transact((tx) => write(tx))).rejects.toMatchObject(invalid);
    expect(items.snapshot()).toEqual([]);
  });

  test('refuse what comes when the function has returned', async () => {
    const shop = api.transactions(holdfast, { tables: { [ITEMS]: ['id'] }, items });
    const { value: late } = await shop.transact((tx) => [tx]);
    expect(() => late[0]?.put(ITEMS, { id: 'x' })).toThrow('has returned');
  });
});
