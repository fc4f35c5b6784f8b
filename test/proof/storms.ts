import type { TransactionMode } from '../../lib/transaction/index.ts';
import {
  TRANSACTION_WORKLOADS,
  type TransactionWorkloadName,
} from '../sim/transactions/catalogue.ts';
import { runStorm } from '../sim/transactions/storm.ts';

/** Storms of transactions, one a seed. */
export interface StormJob {
  readonly kind: 'storm';
  readonly workload: TransactionWorkloadName;
  readonly mode: TransactionMode;
  readonly fromSeed: number;
  readonly toSeed: number;
  /** Of all clients of a storm together. */
  readonly steps: number;
}

/** What storms came to, all together. */
export interface StormCounts {
  /** Items that native requests have written or checked. */
  natives: number;
  committed: number;
  failed: number;
  crashes: number;
  readonly faults: Record<string, number>;
}

export interface StormResult extends StormCounts {
  readonly kind: 'storm';
  readonly job: StormJob;
  readonly failures: readonly string[];
}

export function noStorm(): StormCounts {
  return { natives: 0, committed: 0, failed: 0, crashes: 0, faults: {} };
}

export function addStorms(all: StormCounts, more: StormCounts): void {
  all.natives += more.natives;
  all.committed += more.committed;
  all.failed += more.failed;
  all.crashes += more.crashes;
  for (const [fault, count] of Object.entries(more.faults)) {
    all.faults[fault] = (all.faults[fault] ?? 0) + count;
  }
}

export async function storm(job: StormJob): Promise<StormResult> {
  const { workload: name, mode, steps } = job;
  const workload = TRANSACTION_WORKLOADS[name];
  const counts = noStorm();
  const failures: string[] = [];
  for (let seed = job.fromSeed; seed <= job.toSeed; seed += 1) {
    const report = await runStorm({ seed, steps, workload, mode });
    addStorms(counts, { ...report, ...report.ended });
    const where = `workload ${name}, ${mode}, seed ${seed}`;
    failures.push(...report.problems.map((problem) => `${where}: ${problem}`));
  }
  return { kind: 'storm', job, ...counts, failures };
}
