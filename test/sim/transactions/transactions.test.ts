import { describe, expect, test } from 'vitest';
import type { TransactionMode } from '../../../lib/transaction/index.ts';
import { loadLibrary } from '../../planted/load.ts';
import type { MutantName } from '../../planted/mutants.ts';
import { runQuickJobs } from '../../proof/quick-jobs.ts';
import type { StormResult } from '../../proof/storms.ts';
import { TRANSACTION_WORKLOADS, type TransactionWorkloadName } from './catalogue.ts';
import { ITEM_FAULTS } from './item-network.ts';
import { runStorm } from './storm.ts';
import type { TransactionLibrary } from './world.ts';

const STEPS = 200;
const SEEDS: Readonly<Record<TransactionWorkloadName, number>> = {
  lists: 22,
  promises: 38,
  fences: 5,
};
const MIXED_SEEDS = 4;
const TIME_LIMIT_MS = 240_000;

async function storms(
  workload: TransactionWorkloadName,
  mode: TransactionMode,
  seeds: number,
): Promise<StormResult> {
  const job = { kind: 'storm', workload, mode, fromSeed: 1, toSeed: seeds, steps: STEPS } as const;
  const [result] = await runQuickJobs([job]);
  if (result === undefined) throw new Error('the storms came to nothing');
  expect(result.failures).toEqual([]);
  return result;
}

describe('transactions in bad weather', () => {
  test.each([
    ['lists', 0.83],
    ['promises', 0.83],
    // Invoices are given up on purpose, and holds are stolen.
    ['fences', 0.6],
  ] as const)(
    'are serializable and leave nothing behind: %s',
    async (name, share) => {
      const { committed, crashes, faults } = await storms(name, 'portable', SEEDS[name]);
      // Most of what was begun was also committed: 10,000 in both workloads together.
      expect(committed).toBeGreaterThan(share * STEPS * SEEDS[name]);
      expect(crashes).toBeGreaterThan(5 * SEEDS[name]);
      for (const fault of ITEM_FAULTS) expect(faults[fault] ?? 0, fault).toBeGreaterThan(0);
    },
    TIME_LIMIT_MS,
  );
});

describe('transactions by native requests, in bad weather', () => {
  test.each([
    // Two items or more in each, so that about a third of what is committed goes this way.
    ['lists', 0.83, 0.7],
    ['promises', 0.83, 0.7],
    // Numbers without gaps are taken by locks, and holds are stolen.
    ['fences', 0.6, 0.1],
  ] as const)(
    'agree with those that take none: %s',
    async (name, share, nativeShare) => {
      const { committed, natives } = await storms(name, 'mixed', MIXED_SEEDS);
      expect(committed).toBeGreaterThan(share * STEPS * MIXED_SEEDS);
      expect(natives).toBeGreaterThan(nativeShare * STEPS * MIXED_SEEDS);
    },
    TIME_LIMIT_MS,
  );
});

/** Seeds in which chance alone finds each: the others have schedules of their own. */
const FOUND: readonly (readonly [MutantName, TransactionWorkloadName])[] = [
  ['transaction-reads-not-validated', 'lists'],
  ['transaction-reads-not-validated', 'promises'],
  ['transaction-validates-before-locks', 'lists'],
  ['transaction-validation-ignores-locks', 'lists'],
  ['transaction-applies-without-its-lock', 'lists'],
  ['transaction-record-removed-first', 'promises'],
  ['transaction-marker-unlocked', 'promises'],
  ['transaction-fence-checked-first', 'fences'],
  ['gapless-number-taken-at-once', 'fences'],
  ['transaction-error-of-an-ended-one', 'fences'],
];

/** The same among native requests. */
const FOUND_MIXED: readonly (readonly [MutantName, TransactionWorkloadName])[] = [
  ['native-validates-by-plain-reads', 'lists'],
  ['native-write-ignores-locks', 'lists'],
  ['native-reads-unchecked', 'lists'],
  ['native-token-renewed', 'promises'],
  ['transaction-applies-without-its-lock', 'lists'],
];

describe('transactions with a planted bug, in bad weather', () => {
  test.each(FOUND)('are found out: %s by %s', async (mutant, name) => {
    const library = await loadLibrary(mutant);
    expect(await firstProblems(library, name, 'portable')).not.toEqual([]);
  });

  test.each(FOUND_MIXED)('are found out among native requests: %s by %s', async (mutant, name) => {
    const library = await loadLibrary(mutant);
    expect(await firstProblems(library, name, 'mixed')).not.toEqual([]);
  });
});

/** What the first of some seeds finds. */
async function firstProblems(
  library: TransactionLibrary,
  name: TransactionWorkloadName,
  mode: TransactionMode,
): Promise<readonly string[]> {
  const workload = TRANSACTION_WORKLOADS[name];
  for (let seed = 1; seed <= 10; seed += 1) {
    const { problems } = await runStorm({ seed, steps: STEPS, workload, library, mode });
    if (problems.length > 0) return problems;
  }
  return [];
}
