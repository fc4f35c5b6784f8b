import { describe, expect, test } from 'vitest';
import { loadLibrary } from '../planted/load.ts';
import { runConfigScenario } from './config-scenario.ts';
import { explore } from './explore.ts';

const CLIENTS = { alice: 'append', bob: 'append' } as const;
const EXECUTIONS = 1_000;

describe('every interleaving of two who publish', () => {
  test.each([
    ['version-claim-unconditional', {}],
    ['head-flip-unconditional', { duplicates: 1 }],
    ['claimed-version-left-alone', { crashes: 1 }],
    ['acknowledged-before-the-flip', { crashes: 1 }],
  ] as const)('finds the bug %s', async (mutant, faults) => {
    const library = await loadLibrary(mutant);
    const scenario = { clients: CLIENTS, faults, library };
    const run = explore((chooser) => runConfigScenario(scenario, chooser), { limit: EXECUTIONS });
    await expect(run).rejects.toThrow(/^execution \d+/);
  });
});
