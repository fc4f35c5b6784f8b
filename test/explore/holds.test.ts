import { describe, expect, test } from 'vitest';
import { EXPLORED, EXPLORED_NAMES, type ExploredName, SINGLE_FAULTS } from './catalogue.ts';
import { explore } from './explore.ts';
import { runLockScenario } from './lock-scenario.ts';

const TIME_LIMIT_MS = 240_000;

/** How many of a primitive's worlds a test run has time for; `npm run proof` explores all. */
const WORLDS: Readonly<Record<ExploredName, number>> = {
  lock: SINGLE_FAULTS.length,
  election: 2 * SINGLE_FAULTS.length,
};
const EXECUTIONS_MIN = 4_500;

describe('every interleaving of two processes', () => {
  test.each(EXPLORED_NAMES)(
    'keeps every guarantee under any one fault: %s',
    async (name) => {
      let executions = 0;
      for (const { title, run } of EXPLORED[name]('two', SINGLE_FAULTS).slice(0, WORLDS[name])) {
        const result = await explore(run);
        expect(result.complete, title).toBe(true);
        executions += result.executions;
      }
      expect(executions).toBeGreaterThan(EXECUTIONS_MIN);
    },
    TIME_LIMIT_MS,
  );

  test('finds the stale write where the data does not check the token', async () => {
    const clients = { alice: 'work', bob: 'acquire' } as const;
    const scenario = { clients, faults: { pauses: 1 }, isFenced: false };
    const exploration = explore((chooser) => runLockScenario(scenario, chooser));
    await expect(exploration).rejects.toThrow('a stale write');
  });
});
