import { expect } from 'vitest';
import { absent, and, equals, exists } from '../../../lib/store/condition.ts';
import { append, copy, remove, set } from '../../../lib/store/update.ts';
import { outcomeOf, type StoreTest } from './harness.ts';

/** Puts, deletes and reads, and what a refusal shows. */
export function writeSuite(testOn: StoreTest): void {
  putTests(testOn);
  deleteTests(testOn);
  refusedUpdateTests(testOn);
  updateTests(testOn);
  keyTests(testOn);
  getTests(testOn);
}

function putTests(testOn: StoreTest): void {
  testOn('put: creates a row and reports it', async ({ store, key, attributes }) => {
    const item = { ...key, owner: 'a', queue: [{ id: 'b' }] };
    const result = await store.write({ kind: 'put', item });
    expect(result).toMatchObject({ kind: 'applied', item });
    expect(await attributes()).toEqual({ owner: 'a', queue: [{ id: 'b' }] });
  });

  testOn('put: replaces the whole row', async ({ store, key, given, attributes }) => {
    await given({ owner: 'a', token: 1 });
    await store.write({ kind: 'put', item: { ...key, token: 2 } });
    expect(await attributes()).toEqual({ token: 2 });
  });

  testOn('put: takes a copy of the row', async ({ store, key, attributes }) => {
    const queue = ['a'];
    await store.write({ kind: 'put', item: { ...key, queue } });
    queue.push('b');
    expect(await attributes()).toEqual({ queue: ['a'] });
  });

  testOn('put: refused by the row that is there', async ({ store, key, given, attributes }) => {
    await given({ owner: 'a' });
    const item = { ...key, owner: 'b' };
    const condition = absent('pk');
    expect(await outcomeOf(store, { kind: 'put', item, condition })).toEqual({
      kind: 'refused',
      row: { owner: 'a' },
    });
    expect(await attributes()).toEqual({ owner: 'a' });
  });

  testOn('put: refused by a row that is missing', async ({ store, key, attributes }) => {
    const request = { kind: 'put', item: { ...key }, condition: exists('pk') } as const;
    expect(await outcomeOf(store, request)).toEqual({ kind: 'refused', row: undefined });
    expect(await attributes()).toBeUndefined();
  });
}

function deleteTests(testOn: StoreTest): void {
  testOn('delete: removes the row', async ({ store, key, given, attributes }) => {
    await given({ owner: 'a' });
    const request = { kind: 'delete', key, condition: equals('owner', 'a') } as const;
    expect(await outcomeOf(store, request)).toEqual({ kind: 'applied', row: undefined });
    expect(await attributes()).toBeUndefined();
  });

  testOn('delete: of a row that is missing is applied', async ({ store, key }) => {
    expect(await outcomeOf(store, { kind: 'delete', key })).toMatchObject({ kind: 'applied' });
  });

  testOn('delete: refused, and the row stays', async ({ store, key, given, attributes }) => {
    await given({ owner: 'a' });
    const request = { kind: 'delete', key, condition: equals('owner', 'b') } as const;
    expect(await outcomeOf(store, request)).toEqual({ kind: 'refused', row: { owner: 'a' } });
    expect(await attributes()).toEqual({ owner: 'a' });
  });

  testOn('delete: refused by a row that is missing', async ({ store, key }) => {
    const request = { kind: 'delete', key, condition: exists('owner') } as const;
    expect(await outcomeOf(store, request)).toEqual({ kind: 'refused', row: undefined });
  });
}

function refusedUpdateTests(testOn: StoreTest): void {
  testOn(
    'update: refused, and no action is carried out',
    async ({ store, key, given, attributes }) => {
      const row = { owner: 'a', queue: [1] };
      await given(row);
      const actions = [set('owner', 'b'), append('queue', 2)];
      const condition = absent('owner');
      expect(await outcomeOf(store, { kind: 'update', key, actions, condition })).toEqual({
        kind: 'refused',
        row,
      });
      expect(await attributes()).toEqual(row);
    },
  );

  testOn('update: the condition is judged before the paths', async ({ store, key, given }) => {
    await given({ queue: [] });
    const actions = [copy('owner', ['queue', 0, 'id']), remove(['queue', 0])];
    const condition = exists(['queue', 0]);
    expect(await outcomeOf(store, { kind: 'update', key, actions, condition })).toEqual({
      kind: 'refused',
      row: { queue: [] },
    });
    // Negative control: without the guard it is an invalid request, about which nothing is known.
    expect(await outcomeOf(store, { kind: 'update', key, actions })).toEqual({
      kind: 'failed',
      reason: 'invalid-request',
    });
  });
}

function updateTests(testOn: StoreTest): void {
  testOn(
    'update: removes an entry of the queue by id and position',
    async ({ store, key, given }) => {
      await given({ queue: [{ id: 'a' }, { id: 'b' }] });
      const dequeue = (position: number, id: string) =>
        outcomeOf(store, {
          kind: 'update',
          key,
          actions: [remove(['queue', position])],
          condition: equals(['queue', position, 'id'], id),
        });
      expect(await dequeue(0, 'b')).toMatchObject({ kind: 'refused' });
      expect(await dequeue(1, 'b')).toEqual({ kind: 'applied', row: { queue: [{ id: 'a' }] } });
      expect(await dequeue(1, 'b')).toMatchObject({ kind: 'refused' });
    },
  );

  testOn('update: the same write under its own condition is refused', async ({ store, key }) => {
    const condition = and(absent('owner'), absent('token'));
    const actions = [set('owner', 'a'), set('token', 1)];
    const take = { kind: 'update', key, actions, condition } as const;
    expect(await outcomeOf(store, take)).toMatchObject({ kind: 'applied' });
    expect(await outcomeOf(store, take)).toEqual({
      kind: 'refused',
      row: { owner: 'a', token: 1 },
    });
  });
}

function keyTests(testOn: StoreTest): void {
  testOn('update: paths that clash are invalid, whatever the condition', async ({ store, key }) => {
    const actions = [set('owner', 'a'), remove('owner')];
    const condition = exists('owner');
    expect(await outcomeOf(store, { kind: 'update', key, actions, condition })).toEqual({
      kind: 'failed',
      reason: 'invalid-request',
    });
  });

  testOn('update: can copy the key, also of a row that is missing', async ({ store, key }) => {
    const actions = [copy('name', 'pk')];
    expect(await outcomeOf(store, { kind: 'update', key, actions })).toEqual({
      kind: 'applied',
      row: { name: key.pk },
    });
  });
}

function getTests(testOn: StoreTest): void {
  for (const consistent of [true, false]) {
    testOn(`get: consistent ${consistent}, of a row`, async ({ store, key, given }) => {
      await given({ owner: 'a' });
      const read = await store.get({ key, consistent });
      expect(read).toMatchObject({ kind: 'found', item: { ...key, owner: 'a' } });
    });

    testOn(`get: consistent ${consistent}, of a missing row`, async ({ store, key }) => {
      expect(await store.get({ key, consistent })).toMatchObject({ kind: 'missing' });
    });
  }

  testOn(
    'rows are told apart by both parts of the key',
    async ({ store, key, given, attributes }) => {
      const keys = [
        { pk: `${key.pk}a`, sk: 'b' },
        { pk: key.pk, sk: 'ab' },
        { pk: key.pk, sk: 'AB' },
        { pk: `${key.pk}#\u{1F600}`, sk: '#' },
      ];
      await Promise.all(keys.map((each, n) => given({ n }, each)));
      expect(await Promise.all(keys.map(attributes))).toEqual(keys.map((_, n) => ({ n })));
      expect(store.table).toMatch(/conformance/);
    },
  );
}
