import type { Value } from '../../../lib/store/value.ts';
import type { Capability } from '../capabilities.ts';

/** Values that must come back as they went in. */
export const VALUE_CASES: readonly (readonly [string, Value, Capability?])[] = [
  ['zero', 0],
  ['the largest exact number', 2 ** 53 - 1],
  ['the smallest exact number', -(2 ** 53) + 1],
  ['a fraction of many digits', 0.1234567890123456],
  ['a very small number', 1e-100],
  ['milliseconds since the epoch', 1_795_378_318_123],
  ['a string', 'holder'],
  ['an empty string', '', 'empty strings'],
  ['white space', ' \t\n\r '],
  ['control characters', '\u0000\u0001\u007F'],
  ['quotes and backslashes', '"\'\\`'],
  ['letters of many scripts', 'Ææ Жж 中文 العربية हिन्दी'],
  ['emoji with modifiers', '👩🏽‍🚀🏳️‍🌈'],
  ['text that looks like markup', '<a href="#">&amp;</a>'],
  ['300 KB of text', 'x'.repeat(300 * 1_024)],
  ['true', true],
  ['false', false],
  ['null', null],
  ['an empty list', []],
  ['an empty map', {}],
  ['a mixed list', [1, 'a', null, true, [], {}]],
  ['a map of maps', { a: { b: { c: { d: 1 } } } }],
  ['a list in a list', [[[[1]]]]],
  ['a map with names from JavaScript', { toString: 1, length: 2, hasOwnProperty: 3 }],
  [
    'a map with 500 members',
    Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`m${n}`, n])),
  ],
  ['32 levels', nested(31)],
  ['a list of 1,000 elements', Array.from({ length: 1_000 }, (_, n) => n)],
];

const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

/** What no store may take, because it would come back as something else. */
export const BAD_VALUES: readonly (readonly [string, unknown])[] = [
  ['a number beyond 2^53', 2 ** 53],
  ['a number below -2^53', -(2 ** 53)],
  ['not a number', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['undefined', undefined],
  ['undefined in a list', [1, undefined]],
  ['undefined in a map', { a: { b: undefined } }],
  ['a hole in a list', new Array(2)],
  ['a big integer', 1n],
  ['a date', new Date(0)],
  ['a set', new Set(['a'])],
  ['bytes', new Uint8Array(1)],
  ['a function', () => 1],
  ['a symbol', Symbol('a')],
  ['a map with an empty name', { '': 1 }],
  ['a map with a name that sets the prototype', JSON.parse('{"__proto__": 1}')],
  ['a map with a name that poses as a class', { constructor: { name: 'Set' } }],
  ['33 levels', nested(32)],
  ['a circle', cyclic],
];

/** A number in so many lists, one in the other. */
function nested(lists: number): Value {
  return lists === 0 ? 1 : [nested(lists - 1)];
}
