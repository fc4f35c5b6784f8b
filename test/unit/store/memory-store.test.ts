import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../lib/core/clock.ts';
import { absent } from '../../../lib/store/condition.ts';
import { ITEM_BYTES_MAX, itemBytes, readUnits, writeUnits } from '../../../lib/store/item-size.ts';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import type { ObservedRequest } from '../../../lib/store/request-observer.ts';
import { append, set } from '../../../lib/store/update.ts';

// Its answers as a store are tested in test/conformance, with those of every other.

const key = { pk: 'a', sk: 'b' };

describe('the memory store', () => {
  test('keeps its rows from being changed by those who read them', async () => {
    const store = new MemoryStore();
    const queue = [{ id: 'a' }];
    await store.write({ kind: 'put', item: { ...key, queue } });
    queue.push({ id: 'b' });
    const read = await store.get({ key, consistent: true });
    expect(read).toMatchObject({ kind: 'found', item: { queue: [{ id: 'a' }] } });
    const item = read.kind === 'found' ? read.item : {};
    expect(() => Object.assign(item, { owner: 'me' })).toThrow(TypeError);
    expect(() => (item.queue as unknown[]).push('me')).toThrow(TypeError);
  });

  test('shows an older read what it was, after a later write', async () => {
    const store = new MemoryStore();
    const write = { kind: 'update', key, actions: [append('log', 1)] } as const;
    const first = await store.write(write);
    await store.write(write);
    expect(first).toMatchObject({ item: { log: [1] } });
  });

  test('takes effect within the call', () => {
    const store = new MemoryStore();
    const take = (owner: string) =>
      store.write({
        kind: 'update',
        key,
        actions: [set('owner', owner)],
        condition: absent('owner'),
      });
    void take('first');
    void take('second');
    expect(store.snapshot()).toEqual([{ ...key, owner: 'first' }]);
  });

  test('lists its rows in order of their keys, by bytes', async () => {
    const store = new MemoryStore();
    const keys = [
      ...[
        ['a', 'b'],
        ['a', 'ba'],
        ['a', '\uFFFD'],
        ['a', '\u{1F600}'],
        ['aa', 'a'],
        ['b', 'a'],
      ],
    ].map(([pk = '', sk = '']) => ({ pk, sk }));
    for (const item of keys.toReversed()) await store.write({ kind: 'put', item });
    expect(store.snapshot()).toEqual(keys);
  });

  test('deletes what has expired, to the second, and nothing else', async () => {
    const store = new MemoryStore();
    const ttls = [99, 100, 101, 'soon', null, undefined];
    for (const [n, ttl] of ttls.entries()) {
      await store.write({
        kind: 'put',
        item: { pk: 'a', sk: `${n}`, ...(ttl !== undefined && { ttl }) },
      });
    }
    expect(store.deleteExpired(100_000)).toEqual([{ pk: 'a', sk: '0', ttl: 99 }]);
    expect(store.deleteExpired(100_001)).toEqual([{ pk: 'a', sk: '1', ttl: 100 }]);
    expect(store.snapshot().map(({ sk }) => sk)).toEqual(['2', '3', '4', '5']);
  });

  test('dates its answers by the clock it is given, or as it is told', async () => {
    const clock = { ...systemClock, wallMs: () => 1_795_378_318_999 };
    const answer = await new MemoryStore({ clock }).get({ key, consistent: true });
    expect(answer.dateMs).toBe(1_795_378_318_000);
    const undated = await new MemoryStore({ dateMs: () => undefined }).get({
      key,
      consistent: true,
    });
    expect(undated.dateMs).toBeUndefined();
  });

  test('keeps a row of exactly 400 KB, and none above', async () => {
    const store = new MemoryStore();
    const room = ITEM_BYTES_MAX - itemBytes({ ...key, value: '' });
    const put = (value: string) => store.write({ kind: 'put', item: { ...key, value } });
    expect(await put('x'.repeat(room))).toMatchObject({ kind: 'applied' });
    expect(await put('x'.repeat(room + 1))).toMatchObject({
      kind: 'failed',
      failure: { reason: 'invalid-request', message: expect.stringMatching(/size/) },
    });
  });

  test('tells the table it stands for', () => {
    expect(new MemoryStore().table).toBe('memory');
    expect(new MemoryStore({ table: 'locks' }).table).toBe('locks');
  });

  test('charges a refusal for the row that refused', async () => {
    const seen: ObservedRequest[] = [];
    const store = new MemoryStore({ onRequest: (request) => seen.push(request) });
    await store.write({ kind: 'put', item: { ...key, value: 'x'.repeat(3_000) } });
    await store.write({ kind: 'delete', key, condition: absent('pk') });
    await store.write({ kind: 'update', key, actions: [set(['missing', 'a'], 1)] });
    await store.write({ kind: 'delete', key });
    expect(seen).toEqual([
      { operation: 'put', capacityUnits: 3 },
      { operation: 'delete', capacityUnits: 3 },
      { operation: 'update', capacityUnits: undefined },
      { operation: 'delete', capacityUnits: 3 },
    ]);
  });
});

describe('the size of a row', () => {
  test('follows the published rules', () => {
    expect(itemBytes(undefined)).toBe(0);
    expect(itemBytes({})).toBe(0);
    expect(itemBytes({ name: 'text' })).toBe(8);
    expect(itemBytes({ é: '\u{1F600}' })).toBe(6);
    expect(itemBytes({ a: true, b: null })).toBe(4);
    expect(itemBytes({ n: 7 })).toBe(3);
    expect(itemBytes({ n: -7 })).toBe(4);
    expect(itemBytes({ n: 1_795_378_318_123 })).toBe(9);
    expect(itemBytes({ n: 1e21 })).toBe(3);
    expect(itemBytes({ list: [] })).toBe(7);
    expect(itemBytes({ list: ['a', 'b'] })).toBe(11);
    expect(itemBytes({ map: { a: 'b' } })).toBe(9);
  });

  test('is charged by started KB of the larger image, and 4 KB of reading', () => {
    const row = (bytes: number) => ({ a: 'x'.repeat(bytes - 1) });
    expect(writeUnits(undefined, undefined)).toBe(1);
    expect(writeUnits(row(1_024), undefined)).toBe(1);
    expect(writeUnits(undefined, row(1_025))).toBe(2);
    expect(writeUnits(row(3_000), row(10))).toBe(3);
    expect(readUnits(undefined, false)).toBe(0.5);
    expect(readUnits(row(4_096), true)).toBe(1);
    expect(readUnits(row(4_097), true)).toBe(2);
    expect(readUnits(row(4_097), false)).toBe(1);
  });
});
