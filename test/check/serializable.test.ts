import { describe, expect, it } from 'vitest';
import { append, type ListOperation, type ListTransaction, read } from './list-append.ts';
import { checkSerializable, type SerializabilityOptions } from './serializable.ts';

type Outcome = ListTransaction['outcome'];

/** A transaction that overlaps with every other one, unless it is placed by `at`. */
function transaction(id: string, ...operations: readonly ListOperation[]): ListTransaction {
  return { id, outcome: 'committed', calledAt: 0, returnedAt: 1_000, operations };
}

function ended(outcome: Outcome, whole: ListTransaction): ListTransaction {
  return { ...whole, outcome, returnedAt: outcome === 'unknown' ? Infinity : 1_000 };
}

function at(calledAt: number, returnedAt: number, whole: ListTransaction): ListTransaction {
  return { ...whole, calledAt, returnedAt };
}

describe('serializable transactions', () => {
  it.each<[string, number, readonly ListTransaction[]]>([
    [
      'may read each other one way',
      3,
      [
        transaction('T1', append('x', 1), append('y', 2)),
        transaction('T2', read('x', 1), read('y', 2), append('x', 3)),
        transaction('T3', read('x', 1, 3), read('y', 2)),
      ],
    ],
    [
      'read their own appends',
      1,
      [transaction('T1', append('x', 1), read('x', 1), append('x', 2), read('x', 1, 2))],
    ],
    [
      'may have been applied without an answer',
      2,
      [ended('unknown', transaction('T1', append('x', 1))), transaction('T2', read('x', 1))],
    ],
    [
      'may not have been applied without an answer, whatever they read',
      1,
      [
        ended('unknown', transaction('T1', read('x', 7), append('x', 1))),
        transaction('T2', read('x')),
      ],
    ],
    [
      'may be shown in an order of their own when they overlap',
      2,
      [transaction('T1', append('x', 1)), transaction('T2', read('x'))],
    ],
  ])('%s', (_, checked, history) => {
    expect(checkSerializable(history, { realTime: 'all' })).toEqual({ ok: true, checked });
  });

  it('cannot be judged when a value is appended twice', () => {
    const history = [transaction('T1', append('x', 1)), transaction('T2', append('x', 1))];
    expect(() => checkSerializable(history)).toThrow('1 is appended to x twice');
  });
});

const BAD: readonly (readonly [string, string, readonly ListTransaction[]])[] = [
  ['internal', 'missing own appends', [transaction('T1', append('x', 1), read('x'))]],
  ['internal', 'own appends too early', [transaction('T1', read('x', 1), append('x', 1))]],
  [
    'internal',
    'unrepeatable reads',
    [transaction('T1', append('x', 1)), transaction('T2', read('x'), read('x', 1))],
  ],
  [
    'value-repeated',
    'by a retry',
    [transaction('T1', append('x', 1)), transaction('T2', read('x', 1, 1))],
  ],
  ['value-from-nowhere', 'in a read', [transaction('T1', read('x', 1))]],
  [
    'G1a',
    'aborted read',
    [ended('aborted', transaction('T1', append('x', 1))), transaction('T2', read('x', 1))],
  ],
  [
    'G1b',
    'intermediate read',
    [transaction('T1', append('x', 1), append('x', 2)), transaction('T2', read('x', 1))],
  ],
  [
    'incompatible-order',
    'of two reads',
    [
      transaction('T1', append('x', 1)),
      transaction('T2', append('x', 2)),
      transaction('T3', read('x', 1, 2)),
      transaction('T4', read('x', 2)),
    ],
  ],
  [
    'appends-out-of-order',
    'of one transaction',
    [
      transaction('T1', append('x', 1), append('x', 2), append('x', 3)),
      transaction('T2', read('x', 2, 1, 3)),
    ],
  ],
  [
    'appends-out-of-order',
    'without the first of two',
    [transaction('T1', append('x', 1), append('x', 2)), transaction('T2', read('x', 2))],
  ],
  [
    'G0',
    'dirty write',
    [
      transaction('T1', append('x', 1), append('y', 2)),
      transaction('T2', append('x', 3), append('y', 4)),
      transaction('T3', read('x', 1, 3), read('y', 4, 2)),
    ],
  ],
  [
    'G0',
    'appends of another in between',
    [
      transaction('T1', append('x', 1), append('x', 2)),
      transaction('T2', append('x', 3)),
      transaction('T3', read('x', 1, 3, 2)),
    ],
  ],
  [
    'G1c',
    'circular information flow',
    [
      transaction('T1', append('x', 1), read('y', 2)),
      transaction('T2', append('y', 2), read('x', 1)),
    ],
  ],
  [
    'G-single',
    'read skew',
    [transaction('T1', append('x', 1), append('y', 2)), transaction('T2', read('x'), read('y', 2))],
  ],
  [
    'G-single',
    'lost update',
    [
      transaction('T1', read('x'), append('x', 1)),
      transaction('T2', read('x'), append('x', 2)),
      transaction('T3', read('x', 1, 2)),
    ],
  ],
  [
    'G2',
    'write skew',
    [
      transaction('T1', read('x'), append('y', 1)),
      transaction('T2', read('y'), append('x', 2)),
      transaction('T3', read('x', 2), read('y', 1)),
    ],
  ],
  [
    'G2',
    'write skew that nobody looked at afterwards',
    [transaction('T1', read('x'), append('y', 1)), transaction('T2', read('y'), append('x', 2))],
  ],
  [
    'G2',
    'long fork',
    [
      transaction('T1', append('x', 1)),
      transaction('T2', append('y', 2)),
      transaction('T3', read('x', 1), read('y')),
      transaction('T4', read('x'), read('y', 2)),
    ],
  ],
  [
    'G-single-real-time',
    'acknowledged append lost',
    [at(1, 2, transaction('T1', append('x', 1))), at(3, 4, transaction('T2', read('x')))],
  ],
  [
    'G0-real-time',
    'append before an older one',
    [
      at(1, 2, transaction('T1', append('x', 1))),
      at(3, 4, transaction('T2', append('x', 2))),
      at(3, 9, transaction('T3', read('x', 2, 1))),
    ],
  ],
  [
    'G1c-real-time',
    'append read before it was asked for',
    [at(1, 2, transaction('T1', read('x', 1))), at(3, 4, transaction('T2', append('x', 1)))],
  ],
  [
    'G2-real-time',
    'stale reads crossing',
    [
      at(1, 9, transaction('T1', append('x', 1), append('u', 11))),
      at(1, 9, transaction('T2', append('y', 2), append('v', 12))),
      at(1, 5, transaction('T3', read('u', 11), read('k'))),
      at(6, 9, transaction('T4', read('y'), read('k'))),
      at(1, 5, transaction('T5', read('v', 12), read('m'))),
      at(6, 9, transaction('T6', read('x'), read('m'))),
    ],
  ],
];

describe('transactions that are not serializable', () => {
  it.each(BAD)('show %s: %s', (anomaly, _, history) => {
    expect(checkSerializable(history)).toMatchObject({ ok: false, anomaly });
  });

  it('are explained by a cycle in words', () => {
    const verdict = checkSerializable([
      transaction('T1', append('x', 1), append('y', 2)),
      transaction('T2', read('x'), read('y', 2)),
    ]);
    expect(verdict).toHaveProperty(
      'explanation',
      [
        'T2 before T1 before itself',
        '  T2 read x before T1 appended 1 to it',
        '  T1 appended 2 to y, and T2 read it',
        '  T2 (committed): read x [], read y [2]',
        '  T1 (committed): append 1 to x, append 2 to y',
      ].join('\n'),
    );
  });
});

describe('real time', () => {
  const apart = [
    at(1, 2, transaction('T1', append('x', 1))),
    at(3, 4, transaction('T2', append('y', 2))),
    at(1, 9, transaction('T3', read('x'), read('y', 2))),
  ];
  const stale = [
    at(1, 2, transaction('T1', append('x', 1))),
    at(3, 4, transaction('T2', read('x'))),
  ];

  it.each<[SerializabilityOptions['realTime'], boolean, boolean]>([
    ['none', true, true],
    ['per-item', false, true],
    ['all', false, false],
  ])('%s judges users of one item (%s) and of different ones (%s)', (realTime, same, other) => {
    expect(checkSerializable(stale, { realTime }).ok).toBe(same);
    expect(checkSerializable(apart, { realTime }).ok).toBe(other);
  });
});
