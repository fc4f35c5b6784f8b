import { describe, expect, it } from 'vitest';
import { checkElection, type ElectionRun, type Observation } from './leader-terms.ts';
import { runLeases } from './lease-run.ts';
import { type Seeded, seeded } from './seeded.ts';
import { demand } from './verdict.ts';

const seen = (observer: string, at: number, term: number, leader?: string): Observation =>
  leader === undefined ? { observer, at, term } : { observer, at, term, leader };

const good: ElectionRun = {
  campaigns: [
    { candidate: 'a', term: 1, calledAt: 1, returnedAt: 2 },
    { candidate: 'b', calledAt: 3, returnedAt: Infinity },
    { candidate: 'b', calledAt: 40, returnedAt: Infinity },
    { candidate: 'c', term: 7, calledAt: 30, returnedAt: 32 },
  ],
  observations: [
    seen('x', 5, 1, 'a'),
    seen('x', 20, 1),
    seen('x', 25, 4, 'b'),
    seen('x', 28, 4),
    seen('x', 30, 7, 'c'),
    seen('y', 31, 1, 'a'),
    seen('y', 33, 7, 'c'),
  ],
  beliefs: [
    { leader: 'a', term: 1, fromMs: 2, untilMs: 15 },
    { leader: 'c', term: 7, fromMs: 32, untilMs: 40 },
  ],
};

describe('an election', () => {
  it('passes when terms grow, late observers and unknown campaigns included', () => {
    demand(checkElection(good), 11);
  });

  it.each<[string, string, Partial<ElectionRun>]>([
    [
      'token-granted-twice',
      'to one candidate',
      {
        campaigns: [
          { candidate: 'a', term: 1, calledAt: 1, returnedAt: 5 },
          { candidate: 'a', term: 1, calledAt: 2, returnedAt: 6 },
        ],
      },
    ],
    [
      'token-not-larger',
      'than one won before',
      {
        campaigns: [
          { candidate: 'a', term: 2, calledAt: 1, returnedAt: 2 },
          { candidate: 'b', term: 1, calledAt: 3, returnedAt: 4 },
        ],
      },
    ],
    [
      'two-leaders-in-a-term',
      'in the eyes of two observers',
      { observations: [seen('x', 5, 1, 'a'), seen('y', 5, 1, 'b')] },
    ],
    [
      'term-went-back',
      'to an old leader',
      { observations: [seen('x', 26, 4, 'b'), seen('x', 27, 1, 'a')] },
    ],
    [
      'term-went-back',
      'to an old vacancy',
      { observations: [seen('x', 26, 4, 'b'), seen('x', 27, 1)] },
    ],
    ['term-never-campaigned', 'by the leader seen', { observations: [seen('x', 5, 2, 'a')] }],
    ['seen-before-campaign', 'began', { observations: [seen('x', 2, 4, 'b')] }],
    [
      'two-leaders-at-once',
      'in true time',
      {
        beliefs: [
          { leader: 'a', term: 1, fromMs: 2, untilMs: 33 },
          { leader: 'c', term: 7, fromMs: 32, untilMs: 40 },
        ],
      },
    ],
  ])('shows %s %s', (anomaly, _, change) => {
    expect(checkElection({ ...good, ...change })).toMatchObject({ ok: false, anomaly });
  });

  it('passes in generated runs, and fails once an observer is shown an older term', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const run = runElection(seeded(seed));
      demand(checkElection(run), 300);
      const [first] = run.observations;
      if (first === undefined) throw new Error('nothing was observed');
      const observations = [...run.observations, first];
      expect(checkElection({ ...run, observations }), `seed ${seed}`).toMatchObject({
        anomaly: 'term-went-back',
      });
    }
  });
});

/** The lock of a generated run, taken for an election; observers read it at random moments. */
function runElection(random: Seeded): ElectionRun {
  const { grants, held } = runLeases({ random, fenced: true, overrunMs: 0 });
  const observations: Observation[] = [];
  for (let at = 0; at < 1_500; at += 1 + random.below(8)) {
    const last = grants.findLast(({ returnedAt }) => returnedAt <= at);
    if (last === undefined) continue;
    observations.push(seen(`observer ${random.below(3)}`, at, last.token, last.holder));
  }
  return {
    campaigns: grants.map(({ holder, token, ...times }) => ({
      candidate: holder,
      term: token,
      ...times,
    })),
    observations,
    beliefs: held.map(({ holder, token, fromMs, safeUntilMs }) => ({
      leader: holder,
      term: token,
      fromMs,
      untilMs: safeUntilMs,
    })),
  };
}
