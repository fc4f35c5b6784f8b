import { describe, expect, it } from 'vitest';
import { checkLiveness, type LivenessRun, type Wait } from './liveness.ts';
import { seeded } from './seeded.ts';
import { demand } from './verdict.ts';

const wait = (waiter: string, fromMs: number, untilMs: number, crashedMs?: number): Wait => ({
  waiter,
  what: 'the lock',
  fromMs,
  untilMs,
  ...(crashedMs === undefined ? {} : { crashedMs }),
});

const run = (...waits: readonly Wait[]): LivenessRun => ({
  waits,
  calmFromMs: 100,
  endMs: 200,
  withinMs: 50,
});

describe('liveness after faults', () => {
  it('counts the bound from the calm for those who waited before, else from their call', () => {
    demand(checkLiveness(run(wait('a', 10, 150), wait('b', 140, 190))), 2);
  });

  it('judges a wait that ends, or is due, just when the run is over', () => {
    expect(checkLiveness(run(wait('a', 160, 200)))).toEqual({ ok: true, checked: 1 });
    expect(checkLiveness(run(wait('a', 150, Infinity)))).toMatchObject({ ok: false });
  });

  it.each<[string, Wait]>([
    ['ended before the calm', wait('a', 10, 90)],
    ['may still end when the run is over', wait('a', 160, Infinity)],
    ['ended with the waiter itself', wait('a', 10, Infinity, 140)],
  ])('takes no evidence from a wait that %s', (_, only) => {
    expect(checkLiveness(run(only))).toEqual({ ok: true, checked: 0 });
  });

  it.each<[string, Wait]>([
    ['never ends', wait('a', 10, Infinity)],
    ['ends too late', wait('a', 120, 171)],
    ['was overdue before its waiter crashed', wait('a', 10, Infinity, 151)],
  ])('fails for a wait that %s', (_, only) => {
    expect(checkLiveness(run(only))).toMatchObject({ ok: false, anomaly: 'still-waiting' });
  });

  it('reports everybody who did not finish', () => {
    const verdict = checkLiveness(
      run(wait('a', 10, Infinity), wait('b', 20, 120), wait('c', 120, 180)),
    );
    expect(verdict).toHaveProperty(
      'explanation',
      [
        '2 of 3 waits did not end in time',
        '  a waited for the lock from 10 ms and never stopped, due by 150 ms',
        '  c waited for the lock from 120 ms until 180 ms, due by 170 ms',
      ].join('\n'),
    );
  });

  it('finds the one forgotten waiter among many', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const random = seeded(seed);
      const waits = Array.from({ length: 50 }, (_, index) => {
        const fromMs = random.below(150);
        return wait(`client ${index}`, fromMs, Math.max(fromMs, 100) + random.below(50));
      });
      demand(checkLiveness(run(...waits)), 50);
      const forgotten = random.below(50);
      const stuck = waits.map((each, index) =>
        index === forgotten ? { ...each, untilMs: Infinity } : each,
      );
      const verdict = checkLiveness(run(...stuck));
      expect(verdict.ok || verdict.explanation).toContain(`  client ${forgotten} waited`);
    }
  });
});
