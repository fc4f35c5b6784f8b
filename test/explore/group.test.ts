import { describe, expect, test } from 'vitest';
import { loadLibrary } from '../planted/load.ts';
import { explore } from './explore.ts';
import { type GroupScenario, runGroupScenario } from './group-scenario.ts';

const EXECUTIONS = 1_000;
const REPLACING: GroupScenario['clients'] = { alice: 'swap', bob: 'replace' };
const VISITING: GroupScenario['clients'] = { alice: 'visit', bob: 'visit' };

describe('every interleaving of two members', () => {
  test.each([
    ['group-removed-by-id', REPLACING, {}, 'the list has'],
    ['group-older-life-wins', REPLACING, {}, 'the list has'],
    ['group-head-not-compared', VISITING, { crashes: 1 }, 'of an empty group'],
  ] as const)('finds the bug %s', async (mutant, clients, faults, problem) => {
    const library = await loadLibrary(mutant);
    const run = explore((chooser) => runGroupScenario({ clients, faults, library }, chooser), {
      limit: EXECUTIONS,
    });
    await expect(run).rejects.toThrow(problem);
  });
});
