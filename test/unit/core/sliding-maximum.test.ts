import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingMaximum } from '../../../lib/core/sliding-maximum.ts';

const WINDOW_MS = 100;

/** Values with the time since the one before, and when the window is looked at afterwards. */
const pushes = fc.array(
  fc.record({ afterMs: fc.integer({ min: 0, max: 60 }), value: fc.integer() }),
  { minLength: 1, maxLength: 40 },
);

describe('a sliding maximum', () => {
  it('has no value before the first and after the last', () => {
    const maximum = new SlidingMaximum(WINDOW_MS, 8);
    expect(maximum.maximum(0)).toBeUndefined();
    maximum.push(0, 7);
    expect(maximum.maximum(WINDOW_MS)).toBe(7);
    expect(maximum.maximum(WINDOW_MS + 1)).toBeUndefined();
  });

  it('is the largest value of the window, whatever came and went', () => {
    fc.assert(
      fc.property(pushes, (steps) => {
        const sliding = new SlidingMaximum(WINDOW_MS, steps.length);
        const seen: { atMs: number; value: number }[] = [];
        let nowMs = 0;
        for (const { afterMs, value } of steps) {
          nowMs += afterMs;
          sliding.push(nowMs, value);
          seen.push({ atMs: nowMs, value });
          const inWindow = seen.filter(({ atMs }) => atMs >= nowMs - WINDOW_MS);
          expect(sliding.maximum(nowMs)).toBe(Math.max(...inWindow.map((each) => each.value)));
        }
      }),
    );
  });

  it('never claims more than it has seen when it may keep few entries only', () => {
    fc.assert(
      fc.property(pushes, (steps) => {
        const sliding = new SlidingMaximum(WINDOW_MS, 2);
        const unbounded = new SlidingMaximum(WINDOW_MS, steps.length);
        let nowMs = 0;
        for (const { afterMs, value } of steps) {
          nowMs += afterMs;
          sliding.push(nowMs, value);
          unbounded.push(nowMs, value);
          const claimed = sliding.maximum(nowMs) ?? Number.NEGATIVE_INFINITY;
          expect(claimed).toBeLessThanOrEqual(unbounded.maximum(nowMs) as number);
        }
      }),
    );
  });

  it('forgets everything when cleared', () => {
    const maximum = new SlidingMaximum(WINDOW_MS, 8);
    maximum.push(0, 7);
    maximum.clear();
    expect(maximum.maximum(0)).toBeUndefined();
  });
});
