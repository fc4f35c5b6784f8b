import { describe, expect, it } from 'vitest';
import {
  type AcknowledgedWrite,
  marginMs,
  remainingMs,
  SHORTEST_LEASE_MS,
  validityOf,
} from '../../../lib/lease/validity.ts';

const SENT = { monotonicMs: 10_000, wallMs: 1_900_000_000_000 };

/** For how long a write makes its sender believe, counted from its send. */
function validMs(write: Partial<AcknowledgedWrite>): number {
  const validity = validityOf({
    sent: SENT,
    leaseMs: 15_000,
    expiresAt: undefined,
    dateMs: undefined,
    ...write,
  });
  const byWallMs = validity.wallUntilMs - SENT.wallMs;
  expect(validity.monotonicUntilMs - SENT.monotonicMs).toBeCloseTo(byWallMs, 2);
  return validity.monotonicUntilMs - SENT.monotonicMs;
}

describe('the validity of an acknowledged write', () => {
  it('is its lease less the margin, from the moment before it was sent', () => {
    expect(validMs({})).toBe(14_700);
    expect(validMs({ leaseMs: 5_000 })).toBe(4_750);
  });

  it('does not need the table’s time, nor an end in the row', () => {
    expect(validMs({ dateMs: 0 })).toBe(14_700);
    expect(validMs({ expiresAt: 0 })).toBe(14_700);
  });

  it('ends earlier when the answer shows that the stored end comes earlier', () => {
    const dateMs = 1_900_000_000_000;
    const farEnd = { dateMs, expiresAt: dateMs + 60_000 };
    expect(validMs(farEnd)).toBe(14_700);
    const nearEnd = { dateMs, expiresAt: dateMs + 11_500 };
    expect(validMs(nearEnd)).toBeCloseTo(10_000 / 1.0005 - 300, 6);
  });

  it('is over from the start when the stored end is past', () => {
    expect(validMs({ dateMs: 1_900_000_000_000, expiresAt: 1_899_999_999_999 })).toBeLessThan(0);
  });
});

describe('the margin', () => {
  it('is a fiftieth of the lease, and a quarter of a second at least', () => {
    expect(marginMs(2_000)).toBe(250);
    expect(marginMs(60_000)).toBe(1_200);
  });

  it('leaves something of the shortest lease, whatever the error of the clock', () => {
    expect(SHORTEST_LEASE_MS - marginMs(SHORTEST_LEASE_MS)).toBeGreaterThan(0);
  });
});

describe('what remains of a validity', () => {
  const validity = { monotonicUntilMs: 500, wallUntilMs: 10_500 };

  it.each([
    [{ monotonicMs: 100, wallMs: 10_100 }, 400],
    [{ monotonicMs: 100, wallMs: 10_400 }, 100],
    [{ monotonicMs: 400, wallMs: 9_000 }, 100],
    [{ monotonicMs: 500, wallMs: 10_000 }, 0],
    [{ monotonicMs: 100, wallMs: 10_600 }, -100],
  ])('is counted on the clock that leaves less: %o', (now, left) => {
    expect(remainingMs(validity, now)).toBe(left);
  });
});
