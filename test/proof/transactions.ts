import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { TransactionMode } from '../../lib/transaction/index.ts';
import {
  TRANSACTION_WORKLOADS,
  type TransactionWorkloadName,
} from '../sim/transactions/catalogue.ts';
import { runStorm } from '../sim/transactions/storm.ts';

/**
 * The long form of the storms of transactions: `npm run proof:transactions`, about three minutes on
 * an idle machine of two cores. Keeps what it found in `docs/proof-transactions.json`, and fails
 * unless every history is in order and there were as many transactions and crashes as intended.
 */
const PATH = 'docs/proof-transactions.json';
const STEPS = 200;
/** In both modes: half of the seeds each. */
const MODES: readonly TransactionMode[] = ['portable', 'mixed'];
const WANTED = { committed: 300_000, crashes: 20_000 };

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '900' },
    workload: { type: 'string' },
    mode: { type: 'string', default: 'portable' },
  },
});
const seeds = Number(values.seeds);

/** What the storms of one workload came to. */
interface Part {
  readonly workload: string;
  readonly mode: string;
  /** Items that native requests have written or checked. */
  natives: number;
  committed: number;
  failed: number;
  crashes: number;
  readonly faults: Record<string, number>;
  readonly problems: string[];
}

const WORKS = Object.keys(TRANSACTION_WORKLOADS).flatMap((workload) =>
  MODES.map((mode) => [workload, mode] as const),
);

if (values.workload === undefined) await prove();
else {
  const mode = values.mode as TransactionMode;
  process.send?.(await storms(values.workload as TransactionWorkloadName, mode));
}

async function storms(workload: TransactionWorkloadName, mode: TransactionMode): Promise<Part> {
  const counts = { natives: 0, committed: 0, failed: 0, crashes: 0 };
  const part: Part = { workload, mode, ...counts, faults: {}, problems: [] };
  for (let seed = 1; seed <= seeds; seed += 1) {
    const report = await runStorm({
      seed,
      steps: STEPS,
      workload: TRANSACTION_WORKLOADS[workload],
      mode,
    });
    part.natives += report.natives;
    part.committed += report.ended.committed;
    part.failed += report.ended.failed;
    part.crashes += report.crashes;
    for (const [fault, count] of Object.entries(report.faults)) {
      part.faults[fault] = (part.faults[fault] ?? 0) + count;
    }
    part.problems.push(...report.problems.map((problem) => `seed ${seed}: ${problem}`));
  }
  return part;
}

/** Each workload in each mode in a process of its own. */
async function prove(): Promise<void> {
  const beganMs = performance.now();
  const parts = await Promise.all(
    WORKS.map(async ([workload, mode]) => {
      const options = ['--workload', workload, '--mode', mode, '--seeds', `${seeds}`];
      const child = fork(process.argv[1] ?? '', options);
      const [part] = (await once(child, 'message')) as [Part];
      child.disconnect();
      return part;
    }),
  );
  const sum = (of: (part: Part) => number) => parts.reduce((all, part) => all + of(part), 0);
  const result = {
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    node: process.version,
    seconds: Math.round((performance.now() - beganMs) / 1_000),
    seeds: seeds * parts.length,
    committed: sum(({ committed }) => committed),
    crashes: sum(({ crashes }) => crashes),
    parts,
  };
  console.dir(result, { depth: 4 });
  writeFileSync(PATH, `${JSON.stringify(result, null, 2)}\n`);
  const isEnough = result.committed >= WANTED.committed && result.crashes >= WANTED.crashes;
  process.exitCode = isEnough && parts.every(({ problems }) => problems.length === 0) ? 0 : 1;
}
