import { describe, expect, test } from 'vitest';
import type { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { runSeed } from './run.ts';
import { ConfigWorkload, type ConfigWorkloadOptions } from './workloads/config.ts';
import { RolloutWorkload, type RolloutWorkloadOptions } from './workloads/rollout.ts';

const SEEDS = 12;
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

function rollOut(seed: number, options: RolloutWorkloadOptions = {}) {
  const workload = (random: SeededRandom) => new RolloutWorkload(random, options);
  return runSeed({ seed, operations: OPERATIONS, workload });
}

describe('simulation of staged rollouts', () => {
  test('never sees a process run what no head meant it to run', async () => {
    const sums = { published: 0, controlled: 0, reads: 0, newSides: 0 };
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { failure, traffic } = await rollOut(seed);
      expect(failure, `seed ${seed}`).toBeUndefined();
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) {
        sums[name] += traffic[name] ?? 0;
      }
    }
    expect(sums.published).toBeGreaterThan(3 * SEEDS);
    expect(sums.controlled).toBeGreaterThan(SEEDS);
    expect(sums.newSides).toBeGreaterThan(5 * SEEDS);
    // On both sides, or the choice was not looked at.
    expect(sums.reads - sums.newSides).toBeGreaterThan(5 * SEEDS);
  });

  test('finds processes that run whatever is newest', async () => {
    const failures: string[] = [];
    for (let seed = 1; seed <= 5; seed += 1) {
      failures.push((await rollOut(seed, { isNaive: true })).failure?.explanation ?? 'nothing');
    }
    expect(failures.filter((each) => each.startsWith('wrong-version')).length).toBeGreaterThan(0);
  });
});
