import { describe, expect, test } from 'vitest';
import { loadLibrary } from '../planted/load.ts';
import { explore } from './explore.ts';
import { runTransactionScenario, type TransactionScenario } from './transaction-scenario.ts';

const CLIENTS: TransactionScenario['clients'] = { alice: 'both-for-a', bob: 'both-for-b' };
const EXECUTIONS = 3_000;

describe('every interleaving of two transactions', () => {
  test.each([
    ['transaction-reads-not-validated', CLIENTS, {}],
    ['transaction-validates-before-locks', CLIENTS, {}],
    ['transaction-record-removed-first', { alice: 'a-then-b', bob: 'look' }, { crashes: 1 }],
  ] as const)('finds the bug %s', async (mutant, clients, faults) => {
    const library = await loadLibrary(mutant);
    const run = explore(
      (chooser) => runTransactionScenario({ clients, faults, library }, chooser),
      { limit: EXECUTIONS },
    );
    await expect(run).rejects.toThrow(/^execution \d+/);
  });
});
