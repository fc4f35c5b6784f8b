import { describe, expect, test } from 'vitest';
import { NO_ROW } from '../../../lib/lease/row.ts';
import { acquire } from '../../../lib/lease/writes.ts';
import {
  locksRequest,
  outdate,
  refusingRow,
  writtenItem,
} from '../../../lib/lock/locks-request.ts';
import { applyUpdate, evaluateCondition } from '../../../lib/store/evaluate.ts';
import type { Item } from '../../../lib/store/value.ts';

const TIME = { earliest: 999_000, latest: 1_000_000 };
const TERMS = { leaseMs: 6_000, value: undefined, session: undefined };
const KEYS = ['x', 'y'].map((name) => ({ pk: `default#lock#${name}`, sk: 'lock' }));
const [KEY = { pk: '', sk: '' }] = KEYS;

function requestFor(rows: readonly { readonly token: number }[]) {
  const aims = rows.map(({ token }, index) => {
    return { key: KEYS[index] ?? KEY, row: { ...NO_ROW, token }, seenDead: undefined };
  });
  return locksRequest(aims, { id: 'it', table: 't', label: 'a', time: TIME, terms: TERMS });
}

describe('several acquires as one request', () => {
  test('are those of single locks, each with a token of its own, under one id', () => {
    const { holdings, parts } = requestFor([{ token: 0 }, { token: 2_000_000_000 }]);
    expect(holdings.map(({ id, token }) => [id, token])).toEqual([
      ['it', 1_000_000_000],
      ['it', 2_000_000_001],
    ]);
    const single = acquire({
      ...{ key: KEY, id: 'it', token: 1_000_000_000, label: 'a', time: TIME, ...TERMS },
      ...{ session: undefined, seenDead: undefined, expiredQueue: [] },
    });
    expect(parts[0]).toMatchObject({ table: 't', key: KEY, actions: single.actions });
  });

  test.each<[string, Item, boolean]>([
    ['that is free', { token: 5 }, true],
    ['whose owner is long dead', { token: 5, owner: 'b', expiresAt: 998_000 }, true],
    ['that is held', { token: 5, owner: 'b', expiresAt: 999_500 }, false],
    ['that somebody waits for', { token: 5, queue: [{ id: 'c' }] }, false],
    ['that has granted a larger token', { token: 1_000_000_000 }, false],
    ['that a transaction has locked', { token: 5, _txl: { id: 't' } }, false],
  ])('ask of a row %s', (_, item, isTaken) => {
    const [part] = requestFor([{ token: 0 }]).parts;
    const condition = part?.condition;
    if (condition === undefined) throw new Error('it takes whatever there is');
    expect(evaluateCondition(condition, { ...KEY, ...item })).toBe(isTaken);
  });

  test('write what their answer does not show', () => {
    const [part] = requestFor([{ token: 0 }]).parts;
    const item = part && writtenItem(part);
    expect(item).toMatchObject({ owner: 'it', token: 1_000_000_000, expiresAt: 1_006_000 });
  });
});

describe('a row that has refused', () => {
  test.each([
    ['there is none', undefined, { item: undefined }],
    ['it is read', { token: { N: '5' } }, { item: { token: 5 } }],
    ['a transaction has it', { _txl: { M: {} } }, undefined],
    ['it has what no row of the library has', { mine: { SS: ['a'] } }, undefined],
  ])('is judged only if it can be: %s', (_, attributes, expected) => {
    expect(refusingRow(attributes)).toEqual(expected);
  });
});

describe('outdating a request', () => {
  const holding = { key: KEY, id: 'it', token: 70 };

  test.each<[string, Item | undefined, boolean]>([
    ['there is none', undefined, true],
    ['it is free', { token: 69 }, true],
    ['it has gone on', { token: 70 }, false],
    ['somebody holds it', { token: 60, owner: 'b' }, false],
  ])('changes the row if no copy has taken effect: %s', (_, item, isChanged) => {
    const { condition } = outdate(holding);
    if (condition === undefined) throw new Error('it changes every row');
    const row = item && { ...KEY, ...item };
    expect(evaluateCondition(condition, row)).toBe(isChanged);
  });

  test('leaves a row that refuses every copy, and that is garbage one day', () => {
    const { actions } = outdate(holding);
    const outcome = applyUpdate(actions, undefined, KEY);
    expect(outcome).toMatchObject({ item: { token: 70, ttl: expect.any(Number) } });
  });
});
