import { describe, expect, test } from 'vitest';
import { loadLibrary } from '../planted/load.ts';
import { explore } from './explore.ts';
import { runSessionScenario } from './session-scenario.ts';

const CLIENTS = { alice: 'keep', bob: 'wait' } as const;
const EXECUTIONS = 1_000;

describe('every interleaving of two who want what one has under a session', () => {
  test.each([
    ['lock', 'session-hold-judged-by-its-own-row', { pauses: 1 }],
    ['permit', 'session-end-not-passed-on', { crashes: 1 }],
    ['item', 'session-end-not-passed-on', { crashes: 1 }],
    ['slot', 'session-end-not-passed-on', { crashes: 1 }],
    ['slot', 'slot-dead-on-arrival', { pauses: 1 }],
    ['name', 'names-taken-from-a-living-session', {}],
  ] as const)('finds two who have one %s: %s', async (thing, mutant, faults) => {
    const library = await loadLibrary(mutant);
    const scenario = { thing, clients: CLIENTS, faults, library };
    const run = explore((chooser) => runSessionScenario(scenario, chooser), { limit: EXECUTIONS });
    await expect(run).rejects.toThrow('two-holders');
  });
});
