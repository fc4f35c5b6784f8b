import { describe, expect, test } from 'vitest';
import { type JobResult, worldsOf } from '../proof/jobs.ts';
import { runQuickJobs } from '../proof/quick-jobs.ts';
import { EXPLORED_NAMES, type ExploredName, SINGLE_FAULTS } from './catalogue.ts';
import { explore } from './explore.ts';
import { runLockScenario } from './lock-scenario.ts';
import { runPermitScenario } from './permit-scenario.ts';

const TIME_LIMIT_MS = 240_000;
/** Of each primitive, unless its worlds have fewer. */
const EXECUTIONS = 20_000;
/** Of a world that need not be explored whole. */
const EXECUTIONS_PER_WORLD = 3_000;

/** How many worlds of a primitive are explored whole, from the first on: none has more than these. */
const WHOLE: Readonly<Record<ExploredName, { readonly worlds: number; readonly largest: number }>> =
  {
    lock: { worlds: SINGLE_FAULTS.length, largest: 5_000 },
    election: { worlds: 2 * SINGLE_FAULTS.length, largest: 5_000 },
    semaphore: { worlds: 2 * SINGLE_FAULTS.length, largest: 3_000 },
    'read-write-lock': { worlds: 2 * SINGLE_FAULTS.length, largest: 3_000 },
    latch: { worlds: SINGLE_FAULTS.length, largest: 3_000 },
    barrier: { worlds: SINGLE_FAULTS.length, largest: 3_000 },
    names: { worlds: SINGLE_FAULTS.length, largest: 3_000 },
    sequence: { worlds: SINGLE_FAULTS.length, largest: 3_000 },
    transaction: { worlds: 0, largest: 0 },
  };

/** The executions of the jobs that were explorations. */
function executionsOf(results: readonly JobResult[]): number {
  return results.reduce((sum, each) => sum + (each.kind === 'explore' ? each.executions : 0), 0);
}

describe('every interleaving of two or three processes', () => {
  test.each(EXPLORED_NAMES)(
    'keeps every guarantee under faults: %s',
    async (primitive) => {
      const whole = WHOLE[primitive];
      const jobs = worldsOf(primitive).map((_, world) => {
        const limit = world < whole.worlds ? whole.largest : EXECUTIONS_PER_WORLD;
        return { kind: 'explore', primitive, world, limit } as const;
      });
      const results = await runQuickJobs(jobs, (done) => executionsOf(done) < EXECUTIONS);
      for (const result of results) {
        expect(result.failures).toEqual([]);
        if (result.kind !== 'explore' || result.job.world >= whole.worlds) continue;
        expect(result.complete, result.title).toBe(true);
      }
      const isExhausted =
        results.length === jobs.length &&
        results.every((result) => result.kind === 'explore' && result.complete);
      if (!isExhausted) expect(executionsOf(results)).toBeGreaterThanOrEqual(EXECUTIONS);
      expect(executionsOf(results)).toBeGreaterThan(10_000);
    },
    TIME_LIMIT_MS,
  );

  test('finds the stale write where the data does not check the token', async () => {
    const clients = { alice: 'work', bob: 'acquire' } as const;
    const scenario = { clients, faults: { pauses: 1 }, isFenced: false };
    const exploration = explore((chooser) => runLockScenario(scenario, chooser));
    await expect(exploration).rejects.toThrow('a stale write');
  });

  test('finds too many permits where the judge knows of one less', async () => {
    const clients = { alice: 'work', bob: 'share' } as const;
    const scenario = { clients, faults: {}, judgedMore: -1 };
    const exploration = explore((chooser) => runPermitScenario(scenario, chooser));
    await expect(exploration).rejects.toThrow('too-many-permits');
  });
});
