import { describe, expect, test } from 'vitest';
import { sleep } from '../../../lib/core/clock.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';

describe('VirtualClock', () => {
  test('fires timers by time, and in the order of their start when times are equal', async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.startTimer(20, () => fired.push('20 first'));
    clock.startTimer(10, () => fired.push('10'));
    clock.startTimer(20, () => fired.push('20 second'));
    clock.startTimer(-5, () => fired.push('at once'));
    await clock.advance(20);
    expect(fired).toEqual(['at once', '10', '20 first', '20 second']);
  });

  test('orders ten thousand timers started in random order', async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    for (let index = 0; index < 10_000; index += 1) {
      const delayMs = (index * 7_919) % 10_007;
      clock.startTimer(delayMs, () => fired.push(delayMs));
    }
    await clock.advance(10_007);
    expect(fired).toHaveLength(10_000);
    expect(fired).toEqual([...fired].sort((a, b) => a - b));
  });

  test('advances to exactly the time asked for, and fires nothing beyond it', async () => {
    const clock = new VirtualClock({ startWallMs: 5_000 });
    let fired = false;
    clock.startTimer(101, () => {
      fired = true;
    });
    await clock.advance(100);
    expect(fired).toBe(false);
    expect(clock.monotonicMs()).toBe(100);
    expect(clock.wallMs()).toBe(5_100);
    await clock.advance(1);
    expect(fired).toBe(true);
  });

  test('runs a loop of sleeps and awaits to the end within one advance', async () => {
    const clock = new VirtualClock();
    let rounds = 0;
    const loop = (async () => {
      for (; rounds < 10; rounds += 1) {
        await sleep(clock, 1_000);
        // Deep chains of microtasks must not make time run ahead of the code.
        for (let hop = 0; hop < 50; hop += 1) await Promise.resolve();
      }
    })();
    await clock.advance(10_000);
    expect(rounds).toBe(10);
    await loop;
  });

  test('does not fire a cancelled timer, and forgets it', async () => {
    const clock = new VirtualClock();
    let fired = false;
    const timer = clock.startTimer(10, () => {
      fired = true;
    });
    timer.cancel();
    timer.cancel();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(10);
    expect(fired).toBe(false);
  });

  test('runs until a promise settles and passes on its value or its error', async () => {
    const clock = new VirtualClock();
    expect(await clock.run(sleep(clock, 3_600_000).then(() => 'slept'))).toBe('slept');
    expect(clock.monotonicMs()).toBe(3_600_000);
    const failing = sleep(clock, 1).then(() => Promise.reject(new Error('as planned')));
    await expect(clock.run(failing)).rejects.toThrow('as planned');
  });

  test('says that a promise can never settle when no timer is left', async () => {
    const clock = new VirtualClock();
    await expect(clock.run(new Promise(() => {}))).rejects.toThrow('no timer waits');
  });

  test('gives up on a promise at the limit instead of running for ever', async () => {
    const clock = new VirtualClock();
    const beat = () => {
      clock.startTimer(1_000, beat);
    };
    beat();
    await expect(clock.run(new Promise(() => {}), 10_000)).rejects.toThrow('10000 virtual ms');
    expect(clock.monotonicMs()).toBe(10_000);
  });

  test('is idle when only timers are left that would not keep a process alive', async () => {
    const clock = new VirtualClock();
    let beats = 0;
    const beat = () => {
      beats += 1;
      clock.startTimer(1_000, beat);
    };
    beat();
    const slept = sleep(clock, 5_500);
    await clock.runUntilIdle();
    expect(beats).toBe(6);
    await slept;
  });

  test('stands still while real input and output is under way', async () => {
    const clock = new VirtualClock();
    let atEndMs: number | undefined;
    clock.startTimer(10, () => {
      void clock.standStill(async () => {
        for (let turn = 0; turn < 20; turn += 1) await new Promise((r) => setImmediate(r));
        atEndMs = clock.monotonicMs();
      });
    });
    clock.startTimer(11, () => {});
    await clock.advance(1_000);
    expect(atEndMs).toBe(10);
  });

  test('lets a long chain of promises end before time passes, also without a turn', async () => {
    const clock = new VirtualClock({ settles: 'microtasks' });
    let endedAtMs: number | undefined;
    clock.startTimer(10, async () => {
      for (let link = 0; link < 1_000; link += 1) await undefined;
      endedAtMs = clock.monotonicMs();
    });
    clock.startTimer(11, () => {});
    await clock.advance(1_000);
    expect(endedAtMs).toBe(10);
  });

  test.each(['turn', 'microtasks'] as const)(
    'settles a long chain of promises that began in a callback of the platform: %s',
    async (settles) => {
      const clock = new VirtualClock({ settles });
      let isEnded = false;
      const chain = async () => {
        for (let link = 0; link < 1_000; link += 1) await undefined;
        isEnded = true;
      };
      await new Promise<void>((resolve) => {
        setImmediate(() => {
          void chain();
          void clock.settle().then(resolve);
        });
      });
      expect(isEnded).toBe(true);
    },
  );

  test('leaves the event loop its turns in a long run of microtasks alone', async () => {
    const clock = new VirtualClock({ settles: 'microtasks' });
    let isTurned = false;
    setImmediate(() => {
      isTurned = true;
    });
    for (let step = 0; step < 1_000; step += 1) clock.startTimer(step, () => {});
    await clock.advance(1_000);
    expect(isTurned).toBe(true);
  });
});
