import { describe, expect, test } from 'vitest';
import { runSeed } from './run.ts';
import { PermitsWorkload } from './workloads/permits.ts';

const SEEDS = 7;

describe('simulation of permits', () => {
  test('never sees more permits believed in than there are, and everybody served', async () => {
    let grants = 0;
    let changes = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const workload = (random: ConstructorParameters<typeof PermitsWorkload>[0]) =>
        new PermitsWorkload(random);
      const report = await runSeed({ seed, operations: 500, workload });
      expect(report.failure, `seed ${seed}`).toBeUndefined();
      const { traffic } = report;
      grants += traffic.grants ?? 0;
      changes += (traffic.upgrades ?? 0) + (traffic.downgrades ?? 0);
    }
    expect(grants).toBeGreaterThan(20 * SEEDS);
    expect(changes).toBeGreaterThan(SEEDS);
  });

  test('is judged by a check that one permit less would fail', async () => {
    const failures: (string | undefined)[] = [];
    for (let seed = 1; seed <= 3; seed += 1) {
      const report = await runSeed({
        seed,
        operations: 500,
        workload: (random) => new PermitsWorkload(random, { judgedMore: -1 }),
      });
      failures.push(report.failure?.explanation);
    }
    expect(failures).toContainEqual(expect.stringContaining('too-many-permits'));
  });
});
