import { describe, expect, test } from 'vitest';
import { EXPLORED, EXPLORED_NAMES, type ExploredName, SINGLE_FAULTS } from './catalogue.ts';
import { explore } from './explore.ts';
import { runLockScenario } from './lock-scenario.ts';
import { runPermitScenario } from './permit-scenario.ts';

const TIME_LIMIT_MS = 240_000;

interface Floor {
  /** How many of the primitive's worlds a test run has time for; `npm run proof` explores all. */
  readonly worlds: number;
  readonly executions: number;
}

const FLOORS: Readonly<Record<ExploredName, Floor>> = {
  lock: { worlds: SINGLE_FAULTS.length, executions: 4_500 },
  election: { worlds: 2 * SINGLE_FAULTS.length, executions: 4_500 },
  semaphore: { worlds: 2 * SINGLE_FAULTS.length, executions: 1_500 },
  'read-write-lock': { worlds: 2 * SINGLE_FAULTS.length, executions: 2_000 },
  latch: { worlds: SINGLE_FAULTS.length, executions: 800 },
  barrier: { worlds: SINGLE_FAULTS.length, executions: 2_200 },
  names: { worlds: SINGLE_FAULTS.length, executions: 1_800 },
  sequence: { worlds: SINGLE_FAULTS.length, executions: 3_000 },
  transaction: { worlds: SINGLE_FAULTS.length, executions: 3_000 },
};

describe('every interleaving of two processes', () => {
  test.each(EXPLORED_NAMES)(
    'keeps every guarantee under any one fault: %s',
    async (name) => {
      let executions = 0;
      const floor = FLOORS[name];
      for (const { title, run } of EXPLORED[name]('two', SINGLE_FAULTS).slice(0, floor.worlds)) {
        const result = await explore(run);
        expect(result.complete, title).toBe(true);
        executions += result.executions;
      }
      expect(executions).toBeGreaterThan(floor.executions);
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
