import { describe, expect, test } from 'vitest';
import { and, type Condition, equals, exists, not, or } from '../../../lib/store/condition.ts';
import { faultOfKey, faultOfWrite } from '../../../lib/store/request-fault.ts';
import { copy, set, type UpdateAction } from '../../../lib/store/update.ts';
import type { Value } from '../../../lib/store/value.ts';

// That faulty requests are not sent, and sound ones are taken, is tested in test/conformance.

const key = { pk: 'a', sk: 'b' };
const faultOf = (...actions: readonly UpdateAction[]) =>
  faultOfWrite({ kind: 'update', key, actions });
const faultIn = (condition: Condition) => faultOfWrite({ kind: 'delete', key, condition });

describe('what is wrong with a request', () => {
  test('is said with the place and what was found there', () => {
    const at = (value: unknown) => faultOf(set(['map', 'list'], { inner: [0, value] } as Value));
    expect(at(2 ** 53)).toMatch(/^map\.list\.inner\[1\]: 9007199254740992 is not a number/);
    expect(at(undefined)).toBe('map.list.inner[1]: undefined cannot be stored');
    expect(at(1n)).toBe('map.list.inner[1]: bigint cannot be stored');
    expect(at(new Date(0))).toBe('map.list.inner[1]: [object Date] cannot be stored');
    expect(at(Object.create(Object.create(null)))).toMatch(/\[object Object\] cannot be stored/);
    expect(at({ constructor: 1 })).toBe("map.list.inner[1]: 'constructor' is no attribute name");
  });

  test('is looked for in every part', () => {
    const good = set('a', 1);
    const bad = set('b', Number.NaN);
    expect(faultOf(good, good)).toBeUndefined();
    expect(faultOf(good, bad)).toMatch(/^b: NaN/);
    expect(faultOf(copy('a', 'b', 'c'))).toBeUndefined();
    expect(faultOf(copy('a', ''))).toMatch(/no attribute name/);
    expect(faultOf(copy('a', 'b', Number.NaN))).toMatch(/^a: NaN/);
    const nan = equals('n', Number.NaN);
    expect(faultIn(and(exists('a'), nan))).toMatch(/^n: NaN/);
    expect(faultIn(or(exists('a'), not(nan)))).toMatch(/^n: NaN/);
  });

  test('is nothing for conditions that are always true', () => {
    expect(faultIn(and())).toBeUndefined();
    expect(faultIn(or(exists('a'), and()))).toBeUndefined();
    expect(faultIn(not(or(exists('a'), exists('b'))))).toBeUndefined();
    expect(faultIn(not(or(exists('a'), and())))).toMatch(/never holds/);
    expect(faultIn(not(and(and(), or(and()))))).toMatch(/never holds/);
  });

  test('is nothing for a map without prototype', () => {
    expect(faultOf(set('a', Object.assign(Object.create(null), { b: 1 })))).toBeUndefined();
  });

  test('begins one byte beyond the longest key', () => {
    expect(faultOfKey({ pk: 'é'.repeat(1_024), sk: 'é'.repeat(512) })).toBeUndefined();
    expect(faultOfKey({ pk: `${'é'.repeat(1_024)}x`, sk: 'b' })).toBe(
      'pk: at most 2048 bytes, got 2049',
    );
    expect(faultOfKey({ pk: 'a', sk: `${'é'.repeat(512)}x` })).toBe(
      'sk: at most 1024 bytes, got 1025',
    );
  });

  test('is a key that is no text', () => {
    const key = { pk: 7 as unknown as string, sk: 'b' };
    expect(faultOfKey(key)).toBe('pk: expected a non-empty string');
  });

  test('is a position that is none, and a name that is none', () => {
    for (const segment of [-1, 0.5, Number.NaN, 2 ** 53, '', '__proto__', 'constructor']) {
      expect(faultIn(exists(['list', segment]))).toMatch(/is no attribute name or list position/);
    }
    for (const segment of [0, 1, 10_000, 'prototype', '0']) {
      expect(faultIn(exists(['list', segment]))).toBeUndefined();
    }
  });
});
