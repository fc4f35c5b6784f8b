import { describe, expect, it } from 'vitest';
import {
  backoffMs,
  type RetryOptions,
  retry,
  stopWith,
  tryAgain,
} from '../../../lib/core/retry.ts';
import { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';

/** Randomness of which every draw is the same. */
function always(fraction: number) {
  return { fraction: () => fraction, id: () => 'id' };
}

function setUp(options: Partial<RetryOptions> = {}) {
  const clock = new VirtualClock();
  const random = options.random ?? always(0.5);
  return { clock, options: { clock, random, deadlineMs: 1_000, ...options } };
}

describe('the back-off', () => {
  it('doubles its bound up to the longest, and is uniform below it', () => {
    const bounds = Array.from({ length: 9 }, (_, retries) => backoffMs(always(1), retries));
    expect(bounds).toEqual([25, 50, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
    expect(backoffMs(always(0), 5)).toBe(0);
    expect(backoffMs(always(0.25), 2)).toBe(25);
  });

  it('stays finite after any number of retries', () => {
    expect(backoffMs(always(1), 1_000_000)).toBe(1_000);
    const random = new SeededRandom(1);
    expect(backoffMs(random, 5_000, { firstMs: 1, longestMs: 7 })).toBeLessThan(7);
  });
});

describe('the retry loop', () => {
  it('returns what the first successful attempt says, and counts the attempts', async () => {
    const { clock, options } = setUp();
    const numbers: number[] = [];
    const work = retry(options, async (number) => {
      numbers.push(number);
      return number === 3 ? stopWith('done') : tryAgain;
    });
    expect(await clock.run(work)).toBe('done');
    expect(numbers).toEqual([0, 1, 2, 3]);
    expect(clock.monotonicMs()).toBe(12.5 + 25 + 50);
  });

  it('makes the first attempt even after the deadline', async () => {
    const { clock, options } = setUp({ deadlineMs: -1 });
    expect(await clock.run(retry(options, async () => stopWith(undefined)))).toBeUndefined();
    expect(await clock.run(retry(options, async () => stopWith('once')))).toBe('once');
  });

  it('starts no attempt at or after the deadline, and does not wait for it in vain', async () => {
    const { clock, options } = setUp({ deadlineMs: 37.5 });
    let attempts = 0;
    const work = retry(options, async () => {
      attempts += 1;
      return tryAgain;
    });
    expect(await clock.run(work)).toBeUndefined();
    expect(attempts).toBe(2);
    expect(clock.monotonicMs()).toBe(12.5);
  });

  it('counts the time that attempts take', async () => {
    const { clock, options } = setUp();
    let attempts = 0;
    const work = retry(options, async () => {
      attempts += 1;
      await new Promise<void>((resolve) => {
        clock.startTimer(600, resolve);
      });
      return tryAgain;
    });
    expect(await clock.run(work)).toBeUndefined();
    expect(attempts).toBe(2);
  });

  it('ends in the middle of a wait when its signal aborts', async () => {
    const controller = new AbortController();
    const { clock, options } = setUp({ signal: controller.signal });
    clock.startTimer(5, () => controller.abort());
    let attempts = 0;
    const work = retry(options, async () => {
      attempts += 1;
      return tryAgain;
    });
    expect(await clock.run(work)).toBeUndefined();
    expect(attempts).toBe(1);
    expect(clock.monotonicMs()).toBe(5);
    expect(clock.pendingTimers).toBe(0);
  });

  it('passes on what an attempt throws', async () => {
    const { clock, options } = setUp();
    const work = retry(options, async () => {
      throw new Error('beyond help');
    });
    await expect(clock.run(work)).rejects.toThrow('beyond help');
  });
});
