import { describe, expect, test } from 'vitest';
import { runSeed } from './run.ts';
import { GroupWorkload } from './workloads/group.ts';

const SEEDS = 3;
type Random = ConstructorParameters<typeof GroupWorkload>[0];

describe('simulation of groups', () => {
  test('removes nobody who beats in time, and comes to the true members in the end', async () => {
    let [joins, kills, facts] = [0, 0, 0];
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const workload = (random: Random) => new GroupWorkload(random);
      const report = await runSeed({ seed, operations: 400, workload });
      expect(report.failure, `seed ${seed}`).toBeUndefined();
      joins += report.traffic.joins ?? 0;
      kills += report.traffic.kills ?? 0;
      facts += report.facts;
    }
    expect(joins).toBeGreaterThan(10 * SEEDS);
    expect(kills).toBeGreaterThan(SEEDS);
    expect(facts).toBeGreaterThan(100 * SEEDS);
  });

  test('is judged by a check that leases judged too long would fail', async () => {
    const failures: (string | undefined)[] = [];
    for (let seed = 1; seed <= 3; seed += 1) {
      const workload = (random: Random) => new GroupWorkload(random, { judgedLonger: 3 });
      const report = await runSeed({ seed, operations: 400, workload });
      failures.push(report.failure?.explanation);
    }
    expect(failures).toContainEqual(expect.stringContaining('live-member-removed'));
  });
});
