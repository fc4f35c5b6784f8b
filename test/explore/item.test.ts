import { describe, expect, test } from 'vitest';
import { loadLibrary } from '../planted/load.ts';
import { explore } from './explore.ts';
import { type ItemScenario, runItemScenario } from './item-scenario.ts';

const EXECUTIONS = 1_000;
const ADDING: ItemScenario['clients'] = { alice: 'add', bob: 'add' };
const STUB: ItemScenario['clients'] = { alice: 'drop', bob: 'transact' };
const TRANSACTION: ItemScenario['clients'] = { alice: 'add', bob: 'transact' };

describe('every interleaving of two who change one locked item', () => {
  test.each([
    ['item-written-without-its-hold', ADDING, { lostAnswers: 1 }, 'not-linearizable'],
    ['item-taken-by-a-late-copy', ADDING, { duplicates: 1 }, 'token-granted-twice'],
    ['item-written-over-a-transaction', TRANSACTION, {}, 'not-linearizable'],
    ['transaction-writes-into-a-stub', STUB, {}, 'not-linearizable'],
    ['transaction-item-lock-is-foreign', TRANSACTION, { lostAnswers: 1 }, 'overwritten under'],
  ] as const)('finds the bug %s', async (mutant, clients, faults, problem) => {
    const library = await loadLibrary(mutant);
    const run = explore((chooser) => runItemScenario({ clients, faults, library }, chooser), {
      limit: EXECUTIONS,
    });
    await expect(run).rejects.toThrow(problem);
  });
});
