import { describe, expect, test } from 'vitest';
import { loadLibrary } from '../../planted/load.ts';
import type { TransactionMutantName } from '../../planted/mutants/transaction.ts';
import { TRANSACTION_WORKLOADS, type TransactionWorkloadName } from './catalogue.ts';
import { ITEM_FAULTS } from './item-network.ts';
import { runStorm, type StormReport } from './storm.ts';

const STEPS = 200;
const SEEDS: Readonly<Record<TransactionWorkloadName, number>> = { lists: 22, promises: 38 };
const TIME_LIMIT_MS = 240_000;

async function storms(name: TransactionWorkloadName, seeds: number): Promise<StormReport[]> {
  const reports: StormReport[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const report = await runStorm({ seed, steps: STEPS, workload: TRANSACTION_WORKLOADS[name] });
    expect(report.problems, `workload ${name}, seed ${seed}`).toEqual([]);
    reports.push(report);
  }
  return reports;
}

describe('transactions in bad weather', () => {
  test.each(['lists', 'promises'] as const)(
    'are serializable and leave nothing behind: %s',
    async (name) => {
      const reports = await storms(name, SEEDS[name]);
      const sum = (of: (report: StormReport) => number) =>
        reports.reduce((all, report) => all + of(report), 0);
      // Most of what was begun was also committed: 10,000 in both workloads together.
      expect(sum(({ ended }) => ended.committed)).toBeGreaterThan(0.83 * STEPS * SEEDS[name]);
      expect(sum(({ crashes }) => crashes)).toBeGreaterThan(5 * SEEDS[name]);
      for (const fault of ITEM_FAULTS) {
        expect(
          sum(({ faults }) => faults[fault] ?? 0),
          fault,
        ).toBeGreaterThan(0);
      }
    },
    TIME_LIMIT_MS,
  );
});

/** Seeds in which chance alone finds each: the others have schedules of their own. */
const FOUND: readonly (readonly [TransactionMutantName, TransactionWorkloadName])[] = [
  ['transaction-reads-not-validated', 'lists'],
  ['transaction-reads-not-validated', 'promises'],
  ['transaction-validates-before-locks', 'lists'],
  ['transaction-validation-ignores-locks', 'lists'],
  ['transaction-applies-without-its-lock', 'lists'],
  ['transaction-record-removed-first', 'promises'],
  ['transaction-marker-unlocked', 'promises'],
];

describe('transactions with a planted bug, in bad weather', () => {
  test.each(FOUND)('are found out: %s by %s', async (mutant, name) => {
    const library = await loadLibrary(mutant);
    let problems: readonly string[] = [];
    for (let seed = 1; seed <= 10 && problems.length === 0; seed += 1) {
      const workload = TRANSACTION_WORKLOADS[name];
      ({ problems } = await runStorm({ seed, steps: STEPS, workload, library }));
    }
    expect(problems).not.toEqual([]);
  });
});
