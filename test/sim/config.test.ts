import { describe, expect, test } from 'vitest';
import type { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { runSeed } from './run.ts';
import { ConfigWorkload, type ConfigWorkloadOptions } from './workloads/config.ts';

const SEEDS = 20;
const OPERATIONS = 400;

function run(seed: number, options: ConfigWorkloadOptions = {}) {
  const workload = (random: SeededRandom) => new ConfigWorkload(random, options);
  return runSeed({ seed, operations: OPERATIONS, workload });
}

describe('simulation of a configuration', () => {
  test('never tells a watcher anything wrong, and loses no version', async () => {
    const sums = { published: 0, events: 0, resets: 0, resumed: 0 };
    let removed = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { failure, traffic, faults } = await run(seed);
      expect(failure, `seed ${seed}`).toBeUndefined();
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) {
        sums[name] += traffic[name] ?? 0;
      }
      removed += faults['ttl-deletion'];
    }
    // Faults must not have kept everybody from doing anything.
    expect(sums.published).toBeGreaterThan(5 * SEEDS);
    expect(sums.events).toBeGreaterThan(20 * SEEDS);
    expect(sums.resumed).toBeGreaterThan(2 * SEEDS);
    expect(sums.resets).toBeGreaterThan(SEEDS);
    expect(removed).toBeGreaterThan(0);
  });

  test('finds what is wrong with a watcher that believes each poll', async () => {
    const failures: string[] = [];
    for (let seed = 1; seed <= 5; seed += 1) {
      failures.push((await run(seed, { isNaive: true })).failure?.explanation ?? 'nothing');
    }
    const found = failures.filter((each) => /gap|out-of-order|not-resumed|stale-start/.test(each));
    expect(found.length).toBeGreaterThan(2);
  });
});
