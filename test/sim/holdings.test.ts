import { expect, test } from 'vitest';
import type { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { runSeed } from './run.ts';
import { HoldingsWorkload } from './workloads/holdings.ts';

const SEEDS = 8;
const OPERATIONS = 400;
const asItIs = (random: SeededRandom) => new HoldingsWorkload(random);

test('locked items, several locks and exported holds keep their word in a storm', async () => {
  let [grants, written, adopted, atOnce] = [0, 0, 0, 0];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const report = await runSeed({ seed, operations: OPERATIONS, workload: asItIs });
    expect(report.failure?.explanation, `seed ${seed}`).toBeUndefined();
    grants += report.traffic.grants ?? 0;
    written += report.traffic.written ?? 0;
    adopted += report.traffic.adopted ?? 0;
    atOnce += report.traffic.atOnce ?? 0;
  }
  expect(grants).toBeGreaterThan(20 * SEEDS);
  expect(written).toBeGreaterThan(3 * SEEDS);
  expect(adopted).toBeGreaterThan(SEEDS);
  expect(atOnce).toBeGreaterThan(SEEDS);
});

test('finds an item that is written without its hold as the condition', async () => {
  const failures: (string | undefined)[] = [];
  for (let seed = 1; seed <= SEEDS && failures.every((each) => !each); seed += 1) {
    const workload = (random: SeededRandom) => new HoldingsWorkload(random, { isFenced: false });
    const report = await runSeed({ seed, operations: 2 * OPERATIONS, workload });
    failures.push(report.failure?.explanation);
  }
  expect(failures.at(-1)).toContain('not-linearizable');
});
