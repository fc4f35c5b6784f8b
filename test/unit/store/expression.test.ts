import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  absent,
  and,
  type Condition,
  compare,
  equals,
  exists,
  not,
  or,
} from '../../../lib/store/condition.ts';
import { compileCondition, compileUpdate } from '../../../lib/store/expression.ts';
import { append, copy, increment, remove, set } from '../../../lib/store/update.ts';
import { randomCase } from '../../conformance/random-case.ts';

const a = exists('a');
const b = exists('b');
const c = exists('c');
const [A, B, C] = ['#a', '#b', '#c'].map((alias) => `attribute_exists(${alias})`);

const CONDITIONS: readonly (readonly [Condition, string | undefined])[] = [
  [exists('owner'), 'attribute_exists(#owner)'],
  [absent(['queue', 0]), 'attribute_not_exists(#queue[0])'],
  [equals('owner', 'a'), '#owner = :owner1'],
  [compare('token', '<>', 7), '#token <> :token1'],
  [compare(['queue', 1, 'id'], '>=', 'x'), '#queue[1].#id >= :id1'],
  [compare(['matrix', 0, 1], '<', 2), '#matrix[0][1] < :matrix1'],
  [and(a, b, c), `${A} AND ${B} AND ${C}`],
  [or(a, b, c), `${A} OR ${B} OR ${C}`],
  [and(a, or(b, c)), `${A} AND (${B} OR ${C})`],
  [or(a, and(b, c)), `${A} OR (${B} AND ${C})`],
  [not(a), `NOT (${A})`],
  [not(and(a, b)), `NOT (${A} AND ${B})`],
  [and(not(a), b), `NOT (${A}) AND ${B}`],
  // What DynamoDB's grammar can't say, or refuses as redundant.
  [and(), undefined],
  [and(and(), and()), undefined],
  [or(a, and()), undefined],
  [and(undefined, a), A],
  [and(and(a)), A],
  [and(or(b, c)), `${B} OR ${C}`],
  [or(and(b, c)), `${B} AND ${C}`],
  [or(or(or(a))), A],
  [and(a, and(b, and(c))), `${A} AND ${B} AND ${C}`],
  [or(or(a, b), c), `${A} OR ${B} OR ${C}`],
  [and(a, or(b)), `${A} AND ${B}`],
  [not(not(a)), A],
  [not(not(and(a, b))), `${A} AND ${B}`],
  [and(a, not(not(and(b, c)))), `${A} AND ${B} AND ${C}`],
];

describe('a condition as text', () => {
  for (const [condition, text] of CONDITIONS) {
    test(`${JSON.stringify(condition)} is ${text ?? 'nothing at all'}`, () => {
      const compiled = compileCondition(condition);
      if (text === undefined) expect(compiled).toStrictEqual({});
      else expect(compiled.ConditionExpression).toBe(text);
    });
  }

  test('is ready for the document client, without empty parts', () => {
    expect(compileCondition(undefined)).toStrictEqual({});
    expect(compileCondition(exists('owner'))).toStrictEqual({
      ConditionExpression: 'attribute_exists(#owner)',
      ExpressionAttributeNames: { '#owner': 'owner' },
    });
    expect(compileCondition(and(equals('owner', 'me'), equals('token', 7)))).toEqual({
      ConditionExpression: '#owner = :owner1 AND #token = :token1',
      ExpressionAttributeNames: { '#owner': 'owner', '#token': 'token' },
      ExpressionAttributeValues: { ':owner1': 'me', ':token1': 7 },
    });
  });

  test('can not be made of no alternatives, or of "never"', () => {
    expect(() => compileCondition(or())).toThrow(/at least one/);
    expect(() => compileCondition(and(a, or()))).toThrow(/at least one/);
    expect(() => compileCondition(not(and()))).toThrow(/opposite of "always"/);
  });
});

describe('an update as text', () => {
  test('of every kind of action', () => {
    const actions = [
      set('owner', 'me'),
      copy('next', ['queue', 0, 'id']),
      copy('last', 'owner', 'nobody'),
      increment('token', 2),
      append('log', 'a', 'b'),
      remove(['queue', 0]),
      remove('old'),
    ];
    expect(compileUpdate(actions)).toEqual({
      UpdateExpression:
        'SET #owner = :owner1, #next = #queue[0].#id, #last = if_not_exists(#owner, :last1), ' +
        '#token = if_not_exists(#token, :zero) + :token1, ' +
        '#log = list_append(if_not_exists(#log, :emptyList), :log1) REMOVE #old, #queue[0]',
      ExpressionAttributeNames: {
        '#owner': 'owner',
        '#next': 'next',
        '#queue': 'queue',
        '#id': 'id',
        '#last': 'last',
        '#token': 'token',
        '#log': 'log',
        '#old': 'old',
      },
      ExpressionAttributeValues: {
        ':owner1': 'me',
        ':last1': 'nobody',
        ':zero': 0,
        ':token1': 2,
        ':emptyList': [],
        ':log1': ['a', 'b'],
      },
    });
  });

  test('shares its placeholders with the condition', () => {
    expect(compileUpdate([set('token', 8)], compare('token', '<', 8))).toEqual({
      UpdateExpression: 'SET #token = :token1',
      ConditionExpression: '#token < :token2',
      ExpressionAttributeNames: { '#token': 'token' },
      ExpressionAttributeValues: { ':token1': 8, ':token2': 8 },
    });
  });

  test('without actions is the condition alone', () => {
    expect(compileUpdate([])).toStrictEqual({});
    expect(compileUpdate([], exists('pk'))).toStrictEqual(compileCondition(exists('pk')));
  });

  test('removes the last positions of a list first', () => {
    const actions = [0, 10, 2].map((position) => remove(['list', position]));
    const among = [remove('m'), ...actions.slice(0, 1), remove('z'), ...actions.slice(1)];
    expect(compileUpdate(among).UpdateExpression).toBe(
      'REMOVE #list[10], #list[2], #list[0], #m, #z',
    );
  });
});

describe('placeholders', () => {
  test('keep what is legal of a name, and stay apart', () => {
    const names = ['a-b', 'a.b', 'a_b', 'a b', '\u{1F600}', '9'];
    const { ExpressionAttributeNames: aliases } = compileCondition(
      and(...names.map((n) => exists(n))),
    );
    expect(aliases).toEqual({
      '#a_b': 'a-b',
      '#a_b2': 'a.b',
      '#a_b3': 'a_b',
      '#a_b4': 'a b',
      '#__': '\u{1F600}',
      '#9': '9',
    });
  });

  test('of long names are cut, and stay apart', () => {
    const names = ['a', 'b'].map((end) => `${'long'.repeat(60)}${end}`);
    const { ExpressionAttributeNames: aliases } = compileUpdate(names.map((name) => remove(name)));
    const cut = `#${'long'.repeat(12)}`;
    expect(aliases).toEqual({ [cut]: names[0], [`${cut}2`]: names[1] });
  });

  test('of values stay apart when one name continues another', () => {
    const condition = and(...Array(11).fill(equals('n', 0)), equals('n1', 1), equals('n', 2));
    const values = compileCondition(condition).ExpressionAttributeValues ?? {};
    expect(Object.keys(values)).toHaveLength(13);
    expect(values).toMatchObject({ ':n11': 0, ':n12': 1, ':n13': 2 });
  });

  test('of constants can not be taken by attributes of that name', () => {
    const { ExpressionAttributeValues: values } = compileUpdate([
      set('zero', 1),
      increment('n', 1),
      set('emptyList', 2),
      append('list'),
    ]);
    expect(values).toEqual({
      ':zero1': 1,
      ':zero': 0,
      ':n1': 1,
      ':emptyList1': 2,
      ':emptyList': [],
      ':list1': [],
    });
  });

  test('are legal, all defined and all used, whatever the input', () => {
    fc.assert(
      fc.property(randomCase, ({ actions, condition }) => {
        const compiled = compileUpdate(actions, condition);
        expect(compileUpdate(actions, condition)).toEqual(compiled);
        const text = `${compiled.UpdateExpression} ${compiled.ConditionExpression}`;
        for (const [sign, defined] of [
          ['#', compiled.ExpressionAttributeNames],
          [':', compiled.ExpressionAttributeValues],
        ] as const) {
          const used = new Set(text.match(new RegExp(`${sign}[A-Za-z0-9_]+`, 'g')));
          expect([...used].sort()).toEqual(Object.keys(defined ?? {}).sort());
        }
      }),
    );
  });
});
