import { describe, expect, test } from 'vitest';
import { checkPermits, type PermitInterval } from './permits.ts';

function interval(holder: string, permits: number, fromMs: number, safeUntilMs: number) {
  return { holder, permits, fromMs, safeUntilMs } satisfies PermitInterval;
}

describe('checkPermits', () => {
  test('lets holders have all permits together, and follow each other at once', () => {
    const fine = [interval('a', 1, 0, 10), interval('b', 2, 5, 20), interval('c', 1, 10, 20)];
    expect(checkPermits(fine, 3)).toEqual({ ok: true, checked: 3 });
  });

  test('finds one permit too many, among holders who are not neighbours', () => {
    const bad = [interval('a', 1, 0, 100), interval('b', 1, 1, 2), interval('c', 2, 50, 60)];
    expect(checkPermits(bad, 2)).toMatchObject({
      ok: false,
      explanation: '3 of 2 at 50 ms: a: 1, c: 2',
    });
  });
});
