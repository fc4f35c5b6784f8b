import { describe, expect, test } from 'vitest';
import { EXPLORED, EXPLORED_NAMES, SINGLE_FAULTS } from './catalogue.ts';
import { explore } from './explore.ts';
import { runLockScenario } from './lock-scenario.ts';

const TIME_LIMIT_MS = 240_000;

describe('every interleaving of two processes', () => {
  test.each(EXPLORED_NAMES)(
    'keeps the guarantees of a %s under any one fault',
    async (name) => {
      let executions = 0;
      for (const { title, run } of EXPLORED[name]('two', SINGLE_FAULTS)) {
        const result = await explore(run);
        expect(result.complete, title).toBe(true);
        executions += result.executions;
      }
      expect(executions).toBeGreaterThan(20_000);
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
