import { describe, expect, test } from 'vitest';
import { config } from '../../../lib/config/index.ts';
import { sleep } from '../../../lib/core/clock.ts';
import { group } from '../../../lib/group/index.ts';
import type { Transaction } from '../../../lib/transaction/index.ts';
import { guarantee } from '../../planted/control.ts';
import { HOME, type TransactionClient } from '../../sim/transactions/world.ts';
import { decides, endingOf, given, ITEMS, one, readValue, stage } from './stage.ts';

const LOCK = { pk: 'sim#lock#it', sk: 'lock' } as const;
const TABLE = HOME.table;

/** Notes something in the row of the lock, and in an item. */
function note({ transactions }: TransactionClient, text: string) {
  return transactions.transact((tx) => {
    tx.update(TABLE, LOCK, { set: { remark: text } });
    tx.put(ITEMS, { id: 'x', remark: text });
  }, one);
}

async function released({ holdfast }: TransactionClient): Promise<void> {
  await (await holdfast.lock('it').acquire()).release();
}

guarantee(
  'a write of the library: what a dead process has locked is not in its way',
  { without: 'row-lock-refusal-final' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(released(a));
    a.network.onNextWrite('crash-before', decides);
    void endingOf(note(a, 'half done'));
    await world.clock.advance(1_000);
    const tried = await world.run(endingOf(b.holdfast.lock('it').tryAcquire()));
    const isGranted = (tried as { readonly acquired?: boolean }).acquired === true;
    return isGranted && world.rows.peek(LOCK)?.remark === undefined;
  },
);

describe('a row of the library in a transaction', () => {
  test('keeps attributes that the library has no name for, over all that it does', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(released(a));
    await world.run(note(a, 'checked'));
    const hold = await world.run(b.holdfast.lock('it').acquire());
    await world.run(hold.release());
    const [row, item] = await world.run(
      a.transactions.read([
        [TABLE, LOCK],
        [ITEMS, { id: 'x' }],
      ]),
    );
    expect([row?.remark, row?.token, item?.remark]).toEqual(['checked', hold.token, 'checked']);
    expect(Object.keys(row ?? {}).filter((name) => name.startsWith('_'))).toEqual([]);
  });

  test('is read as it is when the transaction commits', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(released(a));
    const seen: unknown[] = [];
    const work = a.transactions.transact(async (tx) => {
      const row = await tx.get(TABLE, LOCK);
      seen.push(row?.owner);
      if (seen.length === 1) await b.holdfast.lock('it').acquire();
      tx.put(ITEMS, { id: 'x', value: row?.owner === undefined ? 0 : 1 });
    });
    await world.run(work);
    expect(seen).toEqual([undefined, expect.any(String)]);
    expect(await world.run(readValue(b, 'x'))).toBe(1);
  });

  test.each<[string, (tx: Transaction) => unknown]>([
    ['a put', (tx) => tx.put(TABLE, { ...LOCK })],
    ['an insert', (tx) => tx.insert(TABLE, { ...LOCK })],
    ['a delete', (tx) => tx.delete(TABLE, LOCK)],
    ['a query', (tx) => tx.query(TABLE, { partition: LOCK.pk })],
    ['an attribute of ours', (tx) => tx.update(TABLE, LOCK, { set: { owner: 'me' } })],
    ['a removal of one', (tx) => tx.update(TABLE, LOCK, { remove: ['token'] })],
    ['a set', (tx) => tx.update(TABLE, LOCK, { set: { remark: new Set(['a']) } })],
    ['another key', (tx) => tx.get(TABLE, { id: 'x' })],
    ['another namespace', (tx) => tx.get(TABLE, { pk: 'other#lock#it', sk: 'lock' })],
    ['a record', (tx) => tx.get(TABLE, { pk: 'sim#transaction#1', sk: 'x' })],
  ])('refuses %s', async (_, body) => {
    const { transactions } = stage().start('a');
    await expect(transactions.transact(body)).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('is not made by an update', async () => {
    const world = stage();
    const a = world.start('a');
    expect(await world.run(endingOf(note(a, 'nothing there')))).toBe('check-failed');
    expect(world.rows.peek(LOCK)).toBeUndefined();
  });
});

describe('a write of the library under a lock', () => {
  test('waits for a transaction that shows signs of life', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(released(a));
    a.network.interpose({
      on: 'write',
      when: 'before',
      matches: decides,
      run: () => sleep(a.clock, 1_500),
    });
    const noted = note(a, 'in time');
    await world.clock.advance(500);
    const { acquired } = await world.run(b.holdfast.lock('it').tryAcquire());
    await world.run(noted);
    expect([acquired, world.rows.peek(LOCK)?.remark]).toEqual([true, 'in time']);
  });

  test('carries out what is decided, and goes on from there', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(released(a));
    a.network.onNextWrite('crash-after', decides);
    void endingOf(note(a, 'decided'));
    await world.clock.advance(1_000);
    const { acquired } = await world.run(b.holdfast.lock('it').tryAcquire());
    expect([acquired, world.rows.peek(LOCK)?.remark]).toEqual([true, 'decided']);
    expect(await world.run(b.transactions.read([[ITEMS, { id: 'x' }]]))).toMatchObject([
      { remark: 'decided' },
    ]);
  });

  test('is refused at once where the row refuses it anyway', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(a.holdfast.lock('it').acquire());
    a.network.onNextWrite('crash-before', decides);
    void endingOf(note(a, 'half done'));
    await world.clock.advance(1_000);
    const sinceMs = world.clock.monotonicMs();
    const tried = await world.run(b.holdfast.lock('it').tryAcquire());
    expect(tried.acquired).toBe(false);
    expect(world.clock.monotonicMs() - sinceMs).toBe(0);
  });

  test('takes a lock on a key without a row for no row', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }));
    const keys = [LOCK, { pk: 'sim#config#it', sk: 'head' }, { pk: 'sim#group#it', sk: 'head' }];
    a.network.onNextWrite('crash-before', decides);
    const work = a.transactions.transact(async (tx) => {
      await tx.getAll([[ITEMS, { id: 'none' }], ...keys.map((key) => [TABLE, key] as const)]);
      tx.update(ITEMS, { id: 'x' }, { set: { value: 1 } });
    });
    void endingOf(work);
    await world.clock.advance(1_000);
    expect(world.leftovers().filter((what) => what.includes('sim#'))).not.toEqual([]);
    const documents = config(b.holdfast, 'it', { fallback: 0 });
    expect((await world.run(documents.get())).value).toBe(0);
    await world.run(documents.publish(1));
    const member = await world.run(group(b.holdfast, 'it').join());
    expect((await world.run(b.holdfast.lock('it').tryAcquire())).acquired).toBe(true);
    await world.run(member.leave());
    await world.run(b.transactions.sweep());
    expect(world.leftovers()).toEqual([]);
  });
});
