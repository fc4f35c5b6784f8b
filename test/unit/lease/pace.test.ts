import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { msUntilNextLook, type WaitingSight } from '../../../lib/lease/pace.ts';

const CLAIM_MS = 3_000;
const USUAL: WaitingSight = {
  place: 0,
  stillMs: 0,
  msPerGrant: 18,
  roundTripMs: 4.5,
  claimMs: CLAIM_MS,
  fraction: 0.5,
};

const sights = fc.record({
  place: fc.nat({ max: 31 }),
  stillMs: fc.double({ min: 0, max: 86_400_000, noNaN: true }),
  msPerGrant: fc.double({ min: 0, max: 3_600_000, noNaN: true }),
  roundTripMs: fc.double({ min: 0, max: 1_000, noNaN: true }),
  claimMs: fc.double({ min: 2_000, max: CLAIM_MS, noNaN: true }),
  fraction: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

/** How often a waiter looks while the line stands still for `holdMs`. */
function looksWithin(holdMs: number, sight: Partial<WaitingSight>): number {
  let looks = 0;
  for (let nowMs = 0; nowMs < holdMs; looks += 1) {
    nowMs += msUntilNextLook({ ...USUAL, ...sight, stillMs: nowMs }) + USUAL.roundTripMs;
  }
  return looks;
}

describe('the pace of a waiter', () => {
  it('lets nobody sleep for more than a third of the claim, the head for a quarter', () => {
    fc.assert(
      fc.property(sights, (sight) => {
        expect(msUntilNextLook(sight)).toBeLessThanOrEqual(sight.claimMs / 3);
        expect(msUntilNextLook({ ...sight, place: 0 })).toBeLessThanOrEqual(sight.claimMs / 4);
      }),
    );
  });

  it('always leaves a pause', () => {
    fc.assert(
      fc.property(sights, (sight) => {
        expect(msUntilNextLook(sight)).toBeGreaterThan(1);
      }),
    );
  });

  it('lets nobody look before one who stands before him', () => {
    fc.assert(
      fc.property(sights, fc.nat({ max: 31 }), (sight, behind) => {
        const further = { ...sight, place: sight.place + behind };
        expect(msUntilNextLook(further)).toBeGreaterThanOrEqual(msUntilNextLook(sight));
      }),
    );
  });

  it('lets a waiter outside of a full line look least often of all', () => {
    fc.assert(
      fc.property(sights, (sight) => {
        const outside = { ...sight, place: undefined };
        expect(msUntilNextLook(outside)).toBeGreaterThanOrEqual(msUntilNextLook(sight));
      }),
    );
  });

  it('has the table look for the head just before its grant is due', () => {
    const sight = { ...USUAL, stillMs: 4 };
    for (const fraction of [0, 0.999]) {
      const lookAtMs = 4 + msUntilNextLook({ ...sight, fraction }) + sight.roundTripMs / 2;
      expect(lookAtMs).toBeGreaterThan(0.7 * sight.msPerGrant);
      expect(lookAtMs).toBeLessThan(sight.msPerGrant);
    }
  });

  it('wakes a waiter before its turn, wherever it stands', () => {
    for (let place = 1; place < 32; place += 1) {
      const wakesMs = msUntilNextLook({ ...USUAL, place });
      expect(wakesMs).toBeLessThan((place + 1) * USUAL.msPerGrant - USUAL.roundTripMs / 2);
      expect(wakesMs).toBeGreaterThan(0.6 * place * USUAL.msPerGrant);
    }
  });

  it('does not hurry those further back because the grant before theirs is late', () => {
    const late = { ...USUAL, place: 9, stillMs: 100 };
    expect(msUntilNextLook(late)).toBeGreaterThan(0.6 * 9 * USUAL.msPerGrant);
  });

  it('adds less than two per cent to a wait in a line that stands still', () => {
    for (const stillMs of [1_000, 3_000, 10_000, 40_000]) {
      expect(msUntilNextLook({ ...USUAL, stillMs })).toBeLessThan(0.02 * stillMs);
    }
  });

  it('needs a number of looks that grows with the logarithm of the wait', () => {
    const looks = [600, 6_000, 60_000].map((holdMs) => looksWithin(holdMs, { claimMs: 1e9 }));
    const [first = 0, second = 0, third = 0] = looks;
    expect(third - second).toBeLessThan(1.2 * (second - first));
    expect(looksWithin(60_000, {})).toBeLessThan(360);
    expect(looksWithin(60_000, { place: 9 })).toBeLessThan(160);
  });

  it('spreads the looks of waiters who came at once', () => {
    const stillMs = 10_000;
    const [first, last] = [0, 0.999].map((fraction) =>
      msUntilNextLook({ ...USUAL, stillMs, fraction }),
    );
    expect(last).toBeGreaterThan(1.1 * (first ?? 0));
  });
});
