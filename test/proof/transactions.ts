import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { TransactionMode } from '../../lib/transaction/index.ts';
import { quickBundle } from '../quick/quick-bundle.ts';
import {
  TRANSACTION_WORKLOADS,
  type TransactionWorkloadName,
} from '../sim/transactions/catalogue.ts';
import { runJobs } from './pool.ts';
import { addStorms, noStorm, type StormCounts, type StormJob } from './storms.ts';

/**
 * The long form of the storms of transactions: `npm run proof:transactions`, about eight minutes
 * on an idle machine of two cores. Keeps what it found in `docs/proof-transactions.json`, and fails
 * unless every history is in order and there were as many transactions and crashes as intended.
 */
const PATH = 'docs/proof-transactions.json';
const STEPS = 200;
const SEEDS_PER_JOB = 25;
/** In both modes: half of the seeds each. */
const MODES: readonly TransactionMode[] = ['portable', 'mixed'];
const WANTED = { committed: 300_000, crashes: 20_000 };

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '450' },
    processes: { type: 'string', default: String(availableParallelism()) },
  },
});
process.exitCode = (await prove(Number(values.seeds), Number(values.processes))) ? 0 : 1;

/** What the storms of one workload in one mode came to. */
interface Part extends StormCounts {
  readonly workload: TransactionWorkloadName;
  readonly mode: TransactionMode;
  readonly problems: string[];
}

async function prove(seeds: number, processes: number): Promise<boolean> {
  const beganMs = performance.now();
  const parts = Object.keys(TRANSACTION_WORKLOADS).flatMap((name) =>
    MODES.map((mode): Part => {
      const workload = name as TransactionWorkloadName;
      return { workload, mode, ...noStorm(), problems: [] };
    }),
  );
  await runJobs(
    parts.flatMap((part) => jobsOf(part, seeds)),
    {
      program: await quickBundle('test/proof/serve.ts'),
      processes,
      minutesMax: Number.POSITIVE_INFINITY,
      choose: ([first]) => first,
      onDelivery: ({ result }) => {
        const { workload, mode } = result.job;
        const part = parts.find((each) => each.workload === workload && each.mode === mode);
        if (part === undefined) return;
        addStorms(part, result);
        part.problems.push(...result.failures);
        process.stdout.write('.');
      },
    },
  );
  return report(parts, seeds * parts.length, performance.now() - beganMs);
}

function jobsOf({ workload, mode }: Part, seeds: number): StormJob[] {
  const jobs: StormJob[] = [];
  for (let fromSeed = 1; fromSeed <= seeds; fromSeed += SEEDS_PER_JOB) {
    const toSeed = Math.min(seeds, fromSeed + SEEDS_PER_JOB - 1);
    jobs.push({ kind: 'storm', workload, mode, fromSeed, toSeed, steps: STEPS });
  }
  return jobs;
}

/** Prints and keeps what was found. False when anything was wrong, or too little happened. */
function report(parts: readonly Part[], seeds: number, tookMs: number): boolean {
  const all = noStorm();
  for (const part of parts) addStorms(all, part);
  const result = {
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    node: process.version,
    seconds: Math.round(tookMs / 1_000),
    seeds,
    committed: all.committed,
    crashes: all.crashes,
    parts,
  };
  console.log('');
  console.dir(result, { depth: 4 });
  writeFileSync(PATH, `${JSON.stringify(result, null, 2)}\n`);
  const isEnough = all.committed >= WANTED.committed && all.crashes >= WANTED.crashes;
  return isEnough && parts.every(({ problems }) => problems.length === 0);
}
