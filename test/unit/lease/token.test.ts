import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHoldfastError } from '../../../lib/index.ts';
import { proposeToken, timeOfToken } from '../../../lib/lease/token.ts';

const at = (latest: number) => ({ earliest: latest - 2_000, latest });

describe('a proposed token', () => {
  it('is the latest time in microseconds, when that is larger than the last one', () => {
    expect(proposeToken(at(1_900_000_000_000.2), 5)).toBe(1_900_000_000_001_000);
  });

  it('is one above the last one, when the time is behind it or unknown', () => {
    expect(proposeToken(at(1_000), 1_000_000)).toBe(1_000_001);
    expect(proposeToken(undefined, 41)).toBe(42);
  });

  it('grows, and is never behind the time', () => {
    const times = fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 }), { nil: undefined });
    fc.assert(
      fc.property(times, fc.maxSafeNat(), (latest, last) => {
        fc.pre(last < Number.MAX_SAFE_INTEGER);
        const token = proposeToken(latest === undefined ? undefined : at(latest), last);
        expect(token).toBeGreaterThan(last);
        expect(timeOfToken(token)).toBeGreaterThanOrEqual(latest ?? 0);
        expect(Number.isSafeInteger(token)).toBe(true);
      }),
    );
  });

  it.each([
    [undefined, Number.MAX_SAFE_INTEGER],
    [at(Number.MAX_SAFE_INTEGER), 0],
  ])('beyond the safe integers is an error that says what to do', (time, last) => {
    let error: unknown;
    try {
      proposeToken(time, last);
    } catch (thrown) {
      error = thrown;
    }
    expect(isHoldfastError(error, 'row-invalid')).toBe(true);
    expect((error as Error).message).toMatch(/used up.*Restore the row by hand/);
  });
});
