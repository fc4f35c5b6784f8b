import {
  absent,
  and,
  type Comparison,
  type Condition,
  compare,
  equals,
  exists,
  not,
  or,
} from '../../../lib/store/condition.ts';
import type { Value, ValueMap } from '../../../lib/store/value.ts';
import type { Capability } from '../capabilities.ts';

/** A condition, a row that it meets, and whether it holds there. */
export interface ConditionCase {
  readonly title: string;
  /** Attributes besides the key; undefined: there is no row. */
  readonly row: ValueMap | undefined;
  readonly condition: Condition;
  readonly holds: boolean;
  readonly needs?: Capability | undefined;
}

const queue = [{ id: 'first' }, { id: 'second' }];

type PathCase = readonly [string, ValueMap | undefined, Parameters<typeof exists>[0], boolean];

/** What is there, and what is not. Each also stands for its opposite, `absent`. */
const PATHS: readonly PathCase[] = [
  ['an attribute', { owner: 'a' }, 'owner', true],
  ['an attribute that is missing', { owner: 'a' }, 'token', false],
  ['an attribute of a row that is missing', undefined, 'owner', false],
  ['the key of a row', {}, 'pk', true],
  ['the key of a row that is missing', undefined, 'pk', false],
  ['null', { owner: null }, 'owner', true],
  ['false', { owner: false }, 'owner', true],
  ['an empty list', { queue: [] }, 'queue', true],
  ['an empty map', { previous: {} }, 'previous', true],
  ['a member of a map', { previous: { how: 'released' } }, ['previous', 'how'], true],
  ['a missing member of a map', { previous: {} }, ['previous', 'how'], false],
  ['a member of a missing map', {}, ['previous', 'how', 'deep'], false],
  ['the first element of a list', { queue }, ['queue', 0], true],
  ['the last element of a list', { queue }, ['queue', 1], true],
  ['a position beyond the end', { queue }, ['queue', 2], false],
  ['a position in an empty list', { queue: [] }, ['queue', 0], false],
  ['a member of an element', { queue }, ['queue', 1, 'id'], true],
  ['a member of an element beyond the end', { queue }, ['queue', 2, 'id'], false],
  ['a position in a map', { queue: { id: 'a' } }, ['queue', 0], false],
  ['a member of a list', { queue }, ['queue', 'id'], false],
  ['a position in a string', { queue: 'abc' }, ['queue', 0], false],
  ['a member of a number', { queue: 7 }, ['queue', 'id'], false],
  ['a name that JavaScript gives every object', {}, 'toString', false],
];

type EqualityCase = readonly [string, ValueMap | undefined, Value, boolean, Capability?];

const DOCUMENTS: Capability = 'equality of lists and maps';

/** Comparisons of `value` with a given one. Each also stands for its opposite, `<>`. */
const EQUALITIES: readonly EqualityCase[] = [
  ['the same number', { value: 1 }, 1, true],
  ['another number', { value: 1 }, 2, false],
  ['the largest exact number', { value: 2 ** 53 - 1 }, 2 ** 53 - 1, true],
  ['the neighbour of the largest exact number', { value: 2 ** 53 - 1 }, 2 ** 53 - 2, false],
  ['the smallest exact number', { value: -(2 ** 53) + 1 }, -(2 ** 53) + 1, true],
  ['the same fraction', { value: 0.1 }, 0.1, true],
  ['minus zero and zero', { value: 0 }, -0, true],
  ['the same string', { value: 'id' }, 'id', true],
  ['a string in other letters', { value: 'id' }, 'ID', false],
  ['the same emoji', { value: '\u{1F600}' }, '\u{1F600}', true],
  ['composed and decomposed letters', { value: '\u00E9' }, 'e\u0301', false],
  ['two empty strings', { value: '' }, '', true, 'empty strings'],
  ['a number and its text', { value: 1 }, '1', false],
  ['true and true', { value: true }, true, true],
  ['true and false', { value: true }, false, false],
  ['true and 1', { value: 1 }, true, false],
  ['null and null', { value: null }, null, true],
  ['null and false', { value: null }, false, false],
  ['null and a missing attribute', {}, null, false],
  ['false and a missing attribute', {}, false, false],
  ['0 and a missing row', undefined, 0, false],
  ['two empty lists', { value: [] }, [], true, DOCUMENTS],
  ['two empty maps', { value: {} }, {}, true, DOCUMENTS],
  ['an empty list and an empty map', { value: [] }, {}, false],
  ['the same list', { value: [1, 'a', null] }, [1, 'a', null], true, DOCUMENTS],
  ['a list in another order', { value: [1, 2] }, [2, 1], false],
  ['a list and its beginning', { value: [1, 2] }, [1], false],
  ['a map in another order', { value: { a: 1, b: 2 } }, { b: 2, a: 1 }, true, DOCUMENTS],
  ['a map and a part of it', { value: { a: 1, b: 2 } }, { a: 1 }, false],
  ['a map with another value', { value: { a: 1 } }, { a: 2 }, false],
  ['a list with another value', { value: [1, 2] }, [1, 3], false],
  [
    'a deep document with another value',
    { value: [{ a: [{ b: 1 }] }] },
    [{ a: [{ b: 2 }] }],
    false,
  ],
  ['a map with another member', { value: { a: 1 } }, { b: 1 }, false],
  ['the same deep document', { value: [{ a: [{}] }] }, [{ a: [{}] }], true, DOCUMENTS],
];

type OrderCase = readonly [string, Value | undefined, Value, 'less' | 'same' | 'more' | 'none'];

const ORDERS: readonly OrderCase[] = [
  ['numbers', 1, 2, 'less'],
  ['equal numbers', 2, 2, 'same'],
  ['numbers the other way', 3, 2, 'more'],
  ['numbers of more digits', 9, 10, 'less'],
  ['negative numbers', -2, -1, 'less'],
  ['fractions', 0.1, 0.2, 'less'],
  ['exact large numbers', 2 ** 53 - 2, 2 ** 53 - 1, 'less'],
  ['strings', 'a', 'b', 'less'],
  ['equal strings', 'b', 'b', 'same'],
  ['strings the other way', 'c', 'b', 'more'],
  ['a string and its continuation', 'ab', 'abc', 'less'],
  ['digits as text', '9', '10', 'more'],
  ['upper and lower case', 'Z', 'a', 'less'],
  ['a number and a string', 1, 'a', 'none'],
  ['a boolean and a number', true, 1, 'none'],
  ['null and a string', null, 'a', 'none'],
  ['a list and a number', [1], 1, 'none'],
  ['a missing attribute and a number', undefined, 1, 'none'],
];

const HOLDS_FOR: readonly (readonly [Comparison, readonly string[]])[] = [
  ['<', ['less']],
  ['<=', ['less', 'same']],
  ['>', ['more']],
  ['>=', ['more', 'same']],
];

const emoji = '\u{1F600}';
const privateUse = '\uF8FF';

const UNICODE_ORDER: readonly ConditionCase[] = [
  {
    title: 'an emoji sorts after every character of the basic plane',
    row: { value: emoji },
    condition: compare('value', '>', privateUse),
    holds: true,
    needs: 'order by code points',
  },
  {
    title: 'a character of the basic plane sorts before every emoji',
    row: { value: privateUse },
    condition: compare('value', '<', emoji),
    holds: true,
    needs: 'order by code points',
  },
];

const yes = exists('pk');
const no = absent('pk');

type LogicCase = readonly [string, Condition, boolean];

const LOGIC: readonly LogicCase[] = [
  ['yes and yes', and(yes, yes), true],
  ['yes and no', and(yes, no), false],
  ['yes or no', or(yes, no), true],
  ['no or no', or(no, no), false],
  ['not no', not(no), true],
  ['not yes', not(yes), false],
  ['not not yes', not(not(yes)), true],
  ['nothing to ask', and(), true],
  ['a group of one', and(or(and(yes))), true],
  ['no, or nothing to ask', or(no, and()), true],
  ['yes, and nothing to ask', and(yes, and()), true],
  ['or binds weaker than and', or(yes, and(no, no)), true],
  ['a group binds first', and(or(yes, no), no), false],
  ['not of a group', not(and(yes, no)), true],
  ['not of alternatives', not(or(yes, no)), false],
  ['groups in groups', and(and(yes, and(yes, yes)), or(or(no, no), yes)), true],
  ['not of a comparison with nothing', not(compare('missing', '<', 1)), true],
];

/** The condition under which a lock is taken, as the lease protocol writes it. */
const acquire = and(
  or(absent('owner'), compare('expiresAt', '<', 100)),
  or(absent('token'), compare('token', '<', 50)),
  absent(['queue', 0]),
);

type AcquireCase = readonly [string, ValueMap | undefined, boolean];

const ACQUIRE: readonly AcquireCase[] = [
  ['a lock that never was', undefined, true],
  ['a released lock', { token: 49, queue: [] }, true],
  ['a held lock', { owner: 'a', expiresAt: 100, token: 49 }, false],
  ['an expired lock', { owner: 'a', expiresAt: 99, token: 49 }, true],
  ['a lock whose owner had no clock', { owner: 'a', token: 49 }, false],
  ['a lock with a higher token', { token: 50 }, false],
  ['a lock with a queue', { owner: 'a', expiresAt: 99, token: 49, queue }, false],
];

export const CONDITION_CASES: readonly ConditionCase[] = [
  ...PATHS.flatMap(([title, row, path, there]): ConditionCase[] => [
    { title: `exists: ${title}`, row, condition: exists(path), holds: there },
    { title: `absent: ${title}`, row, condition: absent(path), holds: !there },
  ]),
  ...EQUALITIES.flatMap(([title, row, value, same, needs]): ConditionCase[] => [
    { title: `=: ${title}`, row, condition: equals('value', value), holds: same, needs },
    { title: `<>: ${title}`, row, condition: compare('value', '<>', value), holds: !same, needs },
  ]),
  ...ORDERS.flatMap(([title, stored, given, order]) =>
    HOLDS_FOR.map(
      ([operator, orders]): ConditionCase => ({
        title: `${operator}: ${title}`,
        row: stored === undefined ? {} : { value: stored },
        condition: compare('value', operator, given),
        holds: orders.includes(order),
      }),
    ),
  ),
  ...UNICODE_ORDER,
  ...LOGIC.map(([title, condition, holds]) => ({ title, row: {}, condition, holds })),
  ...ACQUIRE.map(([title, row, holds]) => ({
    title: `acquire: ${title}`,
    row,
    condition: acquire,
    holds,
  })),
];
