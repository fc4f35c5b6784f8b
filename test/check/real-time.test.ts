import { describe, expect, it } from 'vitest';
import { largestBefore, RunningTotal } from './real-time.ts';
import { seeded } from './seeded.ts';

const span = (rank: number, calledAt: number, returnedAt: number) => ({
  rank,
  calledAt,
  returnedAt,
});

describe('the largest that came before', () => {
  it('leaves out what touches, because that is concurrent', () => {
    const earlier = [span(5, 1, 3), span(9, 1, 4)];
    const found = [...largestBefore(earlier, [span(0, 4, 6)], ({ rank }) => rank)];
    expect(found).toEqual([[earlier[0], span(0, 4, 6)]]);
  });

  it('is what comparing every pair finds', () => {
    const random = seeded(7);
    for (let round = 0; round < 500; round += 1) {
      const spans = Array.from({ length: 8 }, () => {
        const calledAt = random.below(20);
        return span(random.below(100), calledAt, calledAt + random.below(9));
      });
      const pairs = [...largestBefore(spans, spans, ({ rank }) => rank)];
      const found = new Map(pairs.map(([largest, later]) => [later, largest.rank]));
      for (const later of spans) {
        const before = spans.filter(({ returnedAt }) => returnedAt < later.calledAt);
        const expected = before.length === 0 ? undefined : Math.max(...before.map((s) => s.rank));
        expect(found.get(later)).toBe(expected);
      }
    }
  });
});

describe('a running total', () => {
  const total = new RunningTotal([
    { at: 5, by: 3 },
    { at: 1, by: 10 },
    { at: 5, by: 4 },
    { at: Infinity, by: 100 },
  ]);

  it('counts up to a moment with it, and before a moment without it', () => {
    expect([0, 1, 4, 5, 6].map((at) => total.upTo(at))).toEqual([0, 10, 10, 17, 17]);
    expect([0, 1, 2, 5, 6].map((at) => total.before(at))).toEqual([0, 0, 10, 10, 17]);
  });
});
