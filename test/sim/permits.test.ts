import { describe, expect, test } from 'vitest';
import { runSeed } from './run.ts';
import { PermitsWorkload } from './workloads/permits.ts';

describe('simulation of permits', () => {
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
