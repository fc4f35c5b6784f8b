import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { not, or } from '../../../lib/store/condition.ts';
import { copyMap, freezeDeep, orderOf, sameValue } from '../../../lib/store/document.ts';
import { applyUpdate, evaluateCondition, faultOfActions } from '../../../lib/store/evaluate.ts';
import { append, copy, increment, remove, set } from '../../../lib/store/update.ts';
import type { Value } from '../../../lib/store/value.ts';
import { randomCase } from '../../conformance/random-case.ts';

// What the evaluator answers is tested in test/conformance, against real engines.

const key = { pk: 'a', sk: 'b' };

describe('the evaluator', () => {
  test('changes nothing that it is given', () => {
    fc.assert(
      fc.property(randomCase, ({ attributes, actions, condition }) => {
        const item = attributes && freezeDeep(copyMap({ ...attributes, ...key }));
        const frozen = actions.map((action) => Object.freeze({ ...action }));
        applyUpdate(frozen, item, key);
        if (condition !== undefined) evaluateCondition(condition, item);
      }),
    );
  });

  test('gives a row that shares nothing with its sources', () => {
    const given = [{ id: 'a' }];
    const item = { ...key, queue: [{ id: 'b' }], other: { n: 1 } };
    const outcome = applyUpdate([set('given', given), copy('copied', 'queue')], item, key);
    const before = structuredClone(outcome);
    given.push({ id: 'z' });
    item.queue.push({ id: 'z' });
    item.other.n = 2;
    expect(outcome).toEqual(before);
    expect(outcome).toMatchObject({ item: { given: [{ id: 'a' }], copied: [{ id: 'b' }] } });
  });

  test('gives a missing row its key', () => {
    expect(applyUpdate([], undefined, key)).toEqual({ kind: 'applied', item: key });
  });

  test('says what is wrong', () => {
    const item = { ...key, text: 'x', list: [1] };
    const messageOf = (...actions: Parameters<typeof applyUpdate>[0]) => {
      const outcome = applyUpdate(actions, item, key);
      return outcome.kind === 'invalid' ? outcome.message : undefined;
    };
    expect(messageOf(set(['missing', 'a'], 1))).toMatch(/path .* is invalid for update/);
    expect(messageOf(remove(['missing', 0]))).toMatch(/path .* is invalid for update/);
    expect(messageOf(copy('a', 'missing'))).toMatch(/does not exist in the item/);
    expect(messageOf(increment('text', 1))).toMatch(/incorrect data type/);
    expect(messageOf(append('text', 1))).toMatch(/incorrect data type/);
    expect(messageOf(set('pk', 'x'))).toMatch(/pk.*part of the key/);
    expect(messageOf(set('list', []), remove(['list', 0]))).toMatch(/overlap: list and list.0/);
  });

  test('stops on a condition that can not be sent', () => {
    expect(() => evaluateCondition(or(), undefined)).toThrow(/at least one/);
    expect(evaluateCondition(not({ kind: 'and', all: [] }), undefined)).toBe(false);
  });
});

describe('paths of one update', () => {
  const clash = (...paths: Parameters<typeof remove>[0][]) =>
    faultOfActions(paths.map((path) => remove(path))) !== undefined;

  test('clash when one is or contains the other', () => {
    expect(clash('a', 'a')).toBe(true);
    expect(clash('a', ['a', 'b'])).toBe(true);
    expect(clash(['a', 0, 'b'], ['a', 0])).toBe(true);
    expect(clash('x', ['a', 0], 'y', ['a', 0])).toBe(true);
  });

  test('clash when they disagree about list or map', () => {
    expect(clash(['a', 0], ['a', 'b'])).toBe(true);
    expect(clash(['a', 0, 'x'], ['a', 'b', 'x'])).toBe(true);
  });

  test('do not clash side by side', () => {
    expect(clash('a', 'b', 'ab')).toBe(false);
    expect(clash(['a', 'b'], ['a', 'c'], ['a', 'bc'])).toBe(false);
    expect(clash(['a', 0], ['a', 1], ['a', 10])).toBe(false);
  });
});

const json: fc.Arbitrary<Value> = fc.jsonValue() as fc.Arbitrary<Value>;

describe('values', () => {
  test('are the same as themselves copied, and exactly when their canonical texts are', () => {
    fc.assert(
      fc.property(json, json, (left, right) => {
        expect(sameValue(left, structuredClone(left))).toBe(true);
        expect(sameValue(left, right)).toBe(canonical(left) === canonical(right));
      }),
    );
  });

  test('that are strings sort by their UTF-8 bytes', () => {
    const text = fc.string({
      unit: fc.constantFrom(
        'a',
        'b',
        'é',
        '\uFFFD',
        '\u{10000}',
        '\u{103FE}',
        '\u{103FF}',
        '\u{10FFFF}',
      ),
    });
    fc.assert(
      fc.property(text, text, (left, right) => {
        const expected = Buffer.compare(Buffer.from(left), Buffer.from(right));
        expect(Math.sign(orderOf(left, right) ?? Number.NaN)).toBe(expected);
      }),
    );
  });

  test('of different types, or without order, have none', () => {
    const values: Value[] = [1, 'a', true, null, [], {}];
    for (const left of values) {
      for (const right of values) {
        const ordered = left === right && (left === 1 || left === 'a');
        expect(orderOf(left, right)).toBe(ordered ? 0 : undefined);
      }
    }
  });

  test('are frozen to the last member', () => {
    const value = freezeDeep({ a: [{ b: [1] }], c: { d: 2 } });
    const parts = [value, value.a, value.a[0], value.a[0]?.b, value.c];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
  });
});

/** Equal exactly for equal values: members sorted, minus zero as zero. */
function canonical(value: Value): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
