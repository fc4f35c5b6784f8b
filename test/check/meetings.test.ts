import { describe, expect, it } from 'vitest';
import { type Attendance, checkLatch, checkMeetings, type LatchRun } from './meetings.ts';
import { demand } from './verdict.ts';

const FOREVER = Number.POSITIVE_INFINITY;

describe('a latch', () => {
  const counts = [
    { part: 'one', calledAt: 1, returnedAt: 2 },
    { part: 'two', calledAt: 3, returnedAt: FOREVER },
    { part: 'two', calledAt: 7, returnedAt: 8 },
  ];

  it('may have counted what was not answered, and need not', () => {
    const looks = [
      { calledAt: 4, returnedAt: 5, remaining: 1 },
      { calledAt: 4, returnedAt: 5, remaining: 0 },
      { calledAt: 9, returnedAt: 10, remaining: 0 },
    ];
    demand(checkLatch({ count: 2, counts, looks }), looks.length);
  });

  it.each<[string, Partial<LatchRun>]>([
    ['opened-early', { looks: [{ calledAt: 2, returnedAt: 3, remaining: 0 }] }],
    ['count-forgotten', { looks: [{ calledAt: 9, returnedAt: 10, remaining: 1 }] }],
  ])('is caught: %s', (anomaly, change) => {
    expect(checkLatch({ count: 2, counts, looks: [], ...change })).toMatchObject({ anomaly });
  });
});

describe('a barrier', () => {
  const parties = ['alice', 'bob'];
  const met = (generation: number) => ({ kind: 'met', generation }) as const;
  const good: readonly Attendance[] = [
    { id: 'alice', calledAt: 1, returnedAt: 6, outcome: met(0) },
    { id: 'bob', calledAt: 2, returnedAt: 3, outcome: { kind: 'gone' } },
    { id: 'bob', calledAt: 4, returnedAt: 5, outcome: met(0) },
    { id: 'alice', calledAt: 7, returnedAt: 9, outcome: met(1) },
    { id: 'bob', calledAt: 8, returnedAt: FOREVER, outcome: { kind: 'unknown' } },
  ];

  it('lets all through once all have come, dead ones included', () => {
    demand(checkMeetings(parties, good), 3);
  });

  it.each<[string, readonly Attendance[]]>([
    ['met-without-all', good.filter(({ outcome }) => outcome.kind !== 'unknown')],
    [
      'met-without-all',
      [...good, { id: 'alice', calledAt: 10, returnedAt: 11, outcome: met(2) }].filter(
        ({ calledAt }) => calledAt !== 8,
      ),
    ],
    ['met-twice', [...good, { id: 'alice', calledAt: 12, returnedAt: 13, outcome: met(1) }]],
  ])('is caught: %s (%#)', (anomaly, attendances) => {
    expect(checkMeetings(parties, attendances)).toMatchObject({ anomaly });
  });
});
