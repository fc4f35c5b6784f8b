import { expect } from 'vitest';
import { absent, and, compare, exists, not, or } from '../../../lib/store/condition.ts';
import type { WriteRequest } from '../../../lib/store/store.ts';
import { append, increment, remove, set } from '../../../lib/store/update.ts';
import type { Key, Value } from '../../../lib/store/value.ts';
import { BAD_VALUES, VALUE_CASES } from '../cases/values.ts';
import { outcomeOf, type StoreTest } from './harness.ts';

/** What comes back as it went in, and what may not go in. */
export function valueSuite(testOn: StoreTest): void {
  storableValues(testOn);
  badValues(testOn);
  badRequests(testOn);
}

function storableValues(testOn: StoreTest): void {
  for (const [title, value, needs] of VALUE_CASES) {
    testOn(
      `value: ${title}`,
      async ({ store, key, given, attributes }) => {
        await given({ value });
        expect(await attributes()).toEqual({ value });
        const actions = [set('again', value)];
        const again = { value, again: value };
        // Two values of 300 KB are more than a row can hold.
        const fits = JSON.stringify(again).length < 400 * 1_024;
        const applied = await outcomeOf(store, { kind: 'update', key, actions });
        expect(applied).toEqual(
          fits ? { kind: 'applied', row: again } : { kind: 'failed', reason: 'invalid-request' },
        );
        const condition = absent('pk');
        const refused = await outcomeOf(store, { kind: 'update', key, actions, condition });
        expect(refused).toEqual({ kind: 'refused', row: fits ? again : { value } });
      },
      needs,
    );
  }
}

function badValues(testOn: StoreTest): void {
  for (const [title, bad] of BAD_VALUES) {
    testOn(`never sent: ${title}`, async ({ open, key, attributes }) => {
      let requests = 0;
      const store = open(() => {
        requests += 1;
      });
      const value = bad as Value;
      for (const request of [
        { kind: 'put', item: { ...key, value } },
        { kind: 'update', key, actions: [set('value', value)] },
        { kind: 'update', key, actions: [append('value', value)] },
        { kind: 'delete', key, condition: compare('value', '<>', value) },
      ] as const) {
        const result = await outcomeOf(store, request);
        expect(result).toEqual({ kind: 'failed', reason: 'invalid-request' });
      }
      expect(requests).toBe(0);
      expect(await attributes()).toBeUndefined();
    });
  }
}

function badRequests(testOn: StoreTest): void {
  for (const [title, requestFor] of BAD_REQUESTS) {
    testOn(`never sent: ${title}`, async ({ store, key, attributes }) => {
      const result = await outcomeOf(store, requestFor(key));
      expect(result).toEqual({ kind: 'failed', reason: 'invalid-request' });
      expect(await attributes()).toBeUndefined();
    });
  }

  testOn('never sent: a read with an empty key', async ({ store, key }) => {
    for (const bad of [
      { ...key, pk: '' },
      { ...key, sk: '' },
    ]) {
      expect(await store.get({ key: bad, consistent: true })).toMatchObject({
        kind: 'failed',
        failure: { reason: 'invalid-request', retryable: false },
      });
    }
  });

  testOn('a row above 400 KB is refused by the service', async ({ store, key, attributes }) => {
    const item = { ...key, value: 'x'.repeat(410 * 1_024) };
    expect(await outcomeOf(store, { kind: 'put', item })).toEqual({
      kind: 'failed',
      reason: 'invalid-request',
    });
    expect(await attributes()).toBeUndefined();
  });
}

const update = (key: Key, ...actions: Extract<WriteRequest, { kind: 'update' }>['actions']) =>
  ({ kind: 'update', key, actions }) as const;

const BAD_REQUESTS: readonly (readonly [string, (key: Key) => WriteRequest])[] = [
  ['an empty partition key', (key) => ({ kind: 'delete', key: { ...key, pk: '' } })],
  ['an empty sort key', (key) => ({ kind: 'delete', key: { ...key, sk: '' } })],
  ['a partition key above 2,048 bytes', ({ sk }) => update({ pk: 'é'.repeat(1_025), sk })],
  ['a sort key above 1,024 bytes', ({ pk }) => update({ pk, sk: 'é'.repeat(513) })],
  ['a fraction to add', (key) => update(key, increment('n', 0.1))],
  ['a number beyond 2^53 to add', (key) => update(key, increment('n', 2 ** 53))],
  ['a negative position', (key) => update(key, remove(['list', -1]))],
  ['half a position', (key) => update(key, remove(['list', 0.5]))],
  ['an empty name', (key) => update(key, set('', 1))],
  ['an empty name in a path', (key) => update(key, set(['map', ''], 1))],
  ['an empty name in a condition', (key) => ({ kind: 'delete', key, condition: exists('') })],
  ['an order of booleans', (key) => ({ kind: 'delete', key, condition: compare('a', '<', true) })],
  ['an order of lists', (key) => ({ kind: 'delete', key, condition: compare('a', '>=', []) })],
  ['alternatives without any', (key) => ({ kind: 'delete', key, condition: or() })],
  ['the opposite of "always"', (key) => ({ kind: 'delete', key, condition: not(or(and())) })],
];
