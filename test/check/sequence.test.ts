import { describe, expect, it } from 'vitest';
import { runAtomically } from './atomic-run.ts';
import { checkCounter } from './counter.ts';
import type { History } from './history.ts';
import { seeded } from './seeded.ts';
import { checkSequence, type SequenceRun, type Take } from './sequence.ts';
import { demand } from './verdict.ts';

const take = (process: string, number: number, calledAt: number, returnedAt: number): Take => ({
  process,
  number,
  calledAt,
  returnedAt,
});

describe('a sequence', () => {
  it('may hand out numbers in either order to takes that overlap, and skip some', () => {
    demand(
      checkSequence({ takes: [take('a', 9, 1, 5), take('b', 4, 2, 6)], order: 'real-time' }),
      2,
    );
  });

  it.each<[string, string, SequenceRun]>([
    [
      'number-twice',
      'to takes that overlap',
      { takes: [take('a', 1, 1, 5), take('b', 1, 2, 6)], order: 'none' },
    ],
    [
      'number-not-larger',
      'across processes',
      { takes: [take('a', 2, 1, 2), take('b', 1, 3, 4)], order: 'real-time' },
    ],
    [
      'number-not-larger',
      'within a process',
      { takes: [take('a', 2, 1, 2), take('a', 1, 3, 4)], order: 'process' },
    ],
    [
      'number-out-of-bounds',
      'above all takes begun',
      {
        takes: [take('a', 1, 1, 2), take('b', 3, 3, 4)],
        order: 'real-time',
        gapless: { first: 1, unansweredCalls: [5] },
      },
    ],
    [
      'number-out-of-bounds',
      'below the first',
      {
        takes: [take('a', 0, 1, 2)],
        order: 'real-time',
        gapless: { first: 1, unansweredCalls: [] },
      },
    ],
  ])('shows %s %s', (anomaly, _, run) => {
    expect(checkSequence(run)).toMatchObject({ ok: false, anomaly });
  });

  it('is judged by the order that it promises, and no other', () => {
    const blocks = [take('a', 11, 1, 2), take('b', 1, 3, 4), take('a', 12, 5, 6)];
    demand(checkSequence({ takes: blocks, order: 'process' }), 3);
    expect(checkSequence({ takes: blocks, order: 'real-time' }).ok).toBe(false);
    const threads = [take('a', 2, 1, 2), take('a', 1, 3, 4)];
    demand(checkSequence({ takes: threads, order: 'none' }), 2);
  });

  it('may leave out the number of a take without answer, where none else may be left out', () => {
    const takes = [take('a', 1, 1, 2), take('b', 3, 5, 6)];
    const run = { takes, order: 'real-time' } as const;
    demand(checkSequence({ ...run, gapless: { first: 1, unansweredCalls: [4] } }), 2);
  });

  it('passes when generated, and fails once two numbers are swapped', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const run = runSequence(seed);
      demand(checkSequence(run), 150);
      const [first, last] = [run.takes[0], run.takes.at(-1)];
      if (first === undefined || last === undefined) throw new Error('nothing was taken');
      const takes = run.takes
        .with(0, { ...first, number: last.number })
        .with(-1, { ...last, number: first.number });
      expect(checkSequence({ ...run, takes }).ok, `seed ${seed}`).toBe(false);
    }
  });
});

describe('a counter read under concurrent additions', () => {
  const additions = [
    { by: 2, calledAt: 1, returnedAt: 2 },
    { by: 3, calledAt: 3, returnedAt: Infinity },
    { by: 4, calledAt: 10, returnedAt: 12 },
  ];
  const read = (value: number) => [{ reader: 'a', value, calledAt: 5, returnedAt: 6 }];

  it.each([2, 5])('may be %i, between surely and possibly applied', (value) => {
    demand(checkCounter(additions, read(value)), 1);
  });

  it.each([
    ['addition-lost', 1],
    ['addition-repeated', 6],
  ])('shows %s at %i', (anomaly, value) => {
    expect(checkCounter(additions, read(value))).toMatchObject({ ok: false, anomaly });
  });

  it('cannot be bounded when the counter may shrink', () => {
    const shrinking = [...additions, { by: -1, calledAt: 1, returnedAt: 2 }];
    expect(() => checkCounter(shrinking, [])).toThrow(RangeError);
  });

  it.each([
    ['passes when generated', 0, true],
    ['fails once an acknowledged addition is lost', -1, false],
    ['fails once a lost answer is retried without care', 1, false],
  ])('%s', (_, error, expected) => {
    for (let seed = 0; seed < 100; seed += 1) {
      const { additions, reads } = runCounter(seed, error);
      const verdict = checkCounter(additions, reads);
      expect(verdict.ok, `seed ${seed}`).toBe(expected);
      if (expected) demand(verdict, 50);
    }
  });
});

function runSequence(seed: number): SequenceRun {
  let last = 0;
  const history: History<'next', number> = runAtomically({
    random: seeded(seed),
    clients: 5,
    operations: 200,
    lossRate: 0.05,
    nextInput: () => 'next',
    apply: () => {
      last += 1;
      return last;
    },
  });
  return {
    takes: history.flatMap((operation) => {
      if (operation.kind === 'unknown') return [];
      const { process, calledAt, returnedAt, output } = operation;
      return [{ process, number: output, calledAt, returnedAt }];
    }),
    order: 'real-time',
    gapless: {
      first: 1,
      unansweredCalls: history
        .filter(({ kind }) => kind === 'unknown')
        .map(({ calledAt }) => calledAt),
    },
  };
}

/** A counter that, after some time, is off by `error`. */
function runCounter(seed: number, error: number) {
  const random = seeded(seed);
  let sum = 0;
  let applied = 0;
  const history: History<'add' | 'read', number> = runAtomically({
    random,
    clients: 3,
    operations: 200,
    nextInput: () => (random.chance(0.5) ? 'add' : 'read'),
    apply: (input) => {
      applied += 1;
      if (applied === 100) sum += error;
      if (input === 'add') sum += 1;
      return sum;
    },
  });
  const completed = history.filter((operation) => operation.kind === 'completed');
  return {
    additions: completed
      .filter(({ input }) => input === 'add')
      .map(({ calledAt, returnedAt }) => ({ by: 1, calledAt, returnedAt })),
    reads: completed
      .filter(({ input }) => input === 'read')
      .map(({ process, calledAt, returnedAt, output }) => ({
        reader: process,
        value: output,
        calledAt,
        returnedAt,
      })),
  };
}
