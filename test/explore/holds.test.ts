import { describe, expect, test } from 'vitest';
import { type ExploreResult, worldsOf } from '../proof/jobs.ts';
import { runQuickJobs } from '../proof/quick-jobs.ts';
import { EXPLORED_NAMES, type ExploredName, SINGLE_FAULTS } from './catalogue.ts';
import { explore } from './explore.ts';
import { runLockScenario } from './lock-scenario.ts';
import { runPermitScenario } from './permit-scenario.ts';

const TIME_LIMIT_MS = 240_000;
/** Of each primitive, unless its worlds have fewer. `.ci/checks/proof` explores 20,000. */
const EXECUTIONS = 500;
/** More than any world has that is explored whole. */
const EXECUTIONS_OF_A_WORLD = 20_000;

interface Plan {
  /** Worlds that are explored whole, from the first on. */
  readonly whole: number;
  /** The most executions of each other world. @default 500 */
  readonly perWorld?: number;
  /** How many executions are enough. @default 500 */
  readonly wanted?: number;
}

/** Where no world is small, some executions of many say more than all of one. */
const A_FEW_OF_EACH: Plan = { whole: 0, perWorld: 50 };

const PLANS: Readonly<Record<ExploredName, Plan>> = {
  lock: { whole: SINGLE_FAULTS.length },
  election: { whole: SINGLE_FAULTS.length },
  semaphore: { whole: SINGLE_FAULTS.length },
  'read-write-lock': { whole: SINGLE_FAULTS.length },
  latch: { whole: SINGLE_FAULTS.length },
  barrier: { whole: SINGLE_FAULTS.length },
  names: { whole: SINGLE_FAULTS.length },
  sequence: { whole: SINGLE_FAULTS.length },
  'lock-under-session': A_FEW_OF_EACH,
  'permit-under-session': A_FEW_OF_EACH,
  'item-under-session': A_FEW_OF_EACH,
  'slot-under-session': A_FEW_OF_EACH,
  'name-under-session': A_FEW_OF_EACH,
  'several-locks': A_FEW_OF_EACH,
  'several-locks-together': A_FEW_OF_EACH,
  'exported-hold': A_FEW_OF_EACH,
  'locked-item': A_FEW_OF_EACH,
  group: A_FEW_OF_EACH,
  config: A_FEW_OF_EACH,
  // Each goes on for minutes of virtual time.
  sentinel: { whole: 3, wanted: 80 },
  transaction: A_FEW_OF_EACH,
};

function executionsOf(results: readonly ExploreResult[]): number {
  return results.reduce((sum, { executions }) => sum + executions, 0);
}

describe('every interleaving of two or three processes', () => {
  test.each(EXPLORED_NAMES)(
    'keeps every guarantee under faults: %s',
    async (primitive) => {
      const { whole, perWorld = 500, wanted = EXECUTIONS } = PLANS[primitive];
      const jobs = worldsOf(primitive).map((_, world) => {
        const limit = world < whole ? EXECUTIONS_OF_A_WORLD : perWorld;
        return { kind: 'explore', primitive, world, limit } as const;
      });
      const results = await runQuickJobs(
        jobs,
        (done) => done.length < whole || executionsOf(done) < wanted,
      );
      for (const result of results) {
        expect(result.failures).toEqual([]);
        if (result.job.world >= whole) continue;
        expect(result.complete, result.title).toBe(true);
      }
      const isExhausted =
        results.length === jobs.length && results.every(({ complete }) => complete);
      if (!isExhausted) expect(executionsOf(results)).toBeGreaterThanOrEqual(wanted);
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
