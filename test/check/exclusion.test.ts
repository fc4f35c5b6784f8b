import { describe, expect, it } from 'vitest';
import { checkExclusion } from './exclusion.ts';
import { runLeases } from './lease-run.ts';
import { seeded } from './seeded.ts';
import { demand } from './verdict.ts';

const held = (holder: string, token: number, fromMs: number, safeUntilMs: number) => ({
  holder,
  token,
  fromMs,
  safeUntilMs,
});

describe('mutual exclusion in true time', () => {
  it('lets one holder begin at the moment at which the other ends', () => {
    demand(checkExclusion([held('b', 2, 10, 20), held('a', 1, 0, 10)]), 2);
  });

  it('names both holders and for how long they were two', () => {
    expect(checkExclusion([held('a', 1, 0, 15), held('b', 2, 10, 20)])).toEqual({
      ok: false,
      anomaly: 'two-holders',
      explanation:
        'a (token 1) took itself for the holder from 0 to 15 ms, and ' +
        'b (token 2) took itself for the holder from 10 to 20 ms: 5 ms at the same time',
    });
  });

  it('sees an overlap with a long hold behind a short one', () => {
    const verdict = checkExclusion([
      held('a', 1, 0, 90),
      held('b', 2, 95, 99),
      held('c', 3, 30, 31),
    ]);
    expect(verdict.ok || verdict.explanation).toMatch(/^a \(token 1\).*c \(token 3\)/);
  });

  it('holds in generated runs in which holders stop at their deadline', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const { held } = runLeases({ random: seeded(seed), fenced: false, overrunMs: 0 });
      demand(checkExclusion(held), 20);
    }
  });

  it('breaks in generated runs in which holders overrun their deadline', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const { held } = runLeases({ random: seeded(seed), fenced: true, overrunMs: 100 });
      expect(checkExclusion(held).ok, `seed ${seed}`).toBe(false);
    }
  });
});
