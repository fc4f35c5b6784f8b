import { describe, expect, test } from 'vitest';
import { loadLibrary } from '../planted/load.ts';
import type { Chooser } from './choices.ts';
import { explore } from './explore.ts';
import { type LocksTogetherScenario, runLocksTogetherScenario } from './locks-together-scenario.ts';

const EXECUTIONS = 40;

const TRYING = { alice: 'under-session', bob: 'try' } as const;

/** Where a copy of a request comes when the service does not know it for one any more. */
const FORGETFUL: readonly LocksTogetherScenario[] = [
  { clients: TRYING, faults: { delays: 1 }, isForgetful: true },
  { clients: TRYING, faults: { duplicates: 1 }, isForgetful: true },
];

describe('every interleaving of two processes that take two locks at once', () => {
  test.each(FORGETFUL)('keeps them apart where copies count anew: %o', async (scenario) => {
    const run = (chooser: Chooser) => runLocksTogetherScenario(scenario, chooser);
    const result = await explore(run, { limit: EXECUTIONS });
    expect(result.executions).toBeGreaterThan(1);
  });

  test('finds locks that are held for nobody', async () => {
    const library = await loadLibrary('together-unknown-is-failed');
    const scenario = { clients: TRYING, faults: { pauses: 1 }, library };
    const run = explore((chooser) => runLocksTogetherScenario(scenario, chooser));
    await expect(run).rejects.toThrow(/held for nobody/);
  });
});
