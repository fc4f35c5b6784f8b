import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { quickBundle } from '../quick/quick-bundle.ts';
import type { ResultOf } from './jobs.ts';
import { type Entry, Journal, jobsLeft, withoutFailures } from './journal.ts';
import { nextJob, type ProofJob, partOfJob, planProof } from './plan.ts';
import { runJobs } from './pool.ts';
import { addResult, type PartReport, type Proof, tableOf, totalsOf } from './report.ts';
import type { Delivery } from './worker.ts';

/**
 * The large numbers: many seeds, and every execution of small worlds. Prints a table and keeps it
 * in `docs/proof.json`. A part can be run by itself at any time; the others keep what they had.
 */
const USAGE = `npm run proof -- [--part NAME]... [--scale N] [--minutes N] [--processes N]
                 [--resume] [--no-write]

--part       runs only this part, such as "simulate lock" or "explore election"
--scale      how much of the full size to run (1)
--minutes    begins nothing new after this time (30)
--processes  how many to run at once (one a core)
--resume     goes on with the proof that was run last, and leaves out what it has done
--no-write   leaves docs/proof.json as it is`;

const PROOF_PATH = 'docs/proof.json';
const JOURNAL_PATH = '.build/proof/journal.jsonl';

const { values } = parseArgs({
  options: {
    part: { type: 'string', multiple: true },
    scale: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '30' },
    processes: { type: 'string', default: String(availableParallelism()) },
    resume: { type: 'boolean', default: false },
    'no-write': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const scale = Number(values.scale);
const jobs = planProof(scale).filter((job) => values.part?.includes(partOfJob(job)) ?? true);
if (values.help || !(scale > 0) || jobs.length === 0) {
  console.log(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  process.exitCode = report(await prove()) ? 0 : 1;
}

async function prove(): Promise<ReadonlyMap<string, PartReport>> {
  const circumstances = { commit: commit(), date: new Date().toISOString().slice(0, 10) };
  const parts = new Map<string, PartReport>();
  const add = (entry: Entry) => addResult(parts, partOfJob(entry.result.job), entry);
  const journal = new Journal(JOURNAL_PATH);
  if (!values.resume) journal.clear();
  const known = withoutFailures(journal.entries());
  for (const entry of known) add(entry);
  const onDelivery = (delivery: Delivery<ResultOf<ProofJob>>) => {
    const entry = { ...delivery, ...circumstances };
    journal.add(entry);
    add(entry);
    for (const failure of delivery.result.failures) console.error(`\n${failure}`);
    process.stdout.write('.');
  };
  const choose = (waiting: readonly ProofJob[]) =>
    nextJob(waiting, scale, (primitive) => {
      const part = parts.get(`explore ${primitive}`);
      return part?.kind === 'exploration' ? part.executions : 0;
    });
  const processes = Number(values.processes);
  const minutesMax = Number(values.minutes);
  const program = await quickBundle('test/proof/serve.ts');
  const options = { program, processes, minutesMax, choose, onDelivery };
  const left = await runJobs(jobsLeft(jobs, known), options);
  // Those that nobody wanted any more are not left.
  const wanted = left.filter((job) => choose([job]) !== undefined);
  for (const job of wanted) {
    const part = parts.get(partOfJob(job));
    if (part !== undefined) part.jobsLeft += 1;
  }
  return parts;
}

/** Prints and keeps the proof. False when anything failed, or a kind of fault never happened. */
function report(parts: ReadonlyMap<string, PartReport>): boolean {
  const known: Proof = existsSync(PROOF_PATH)
    ? (JSON.parse(readFileSync(PROOF_PATH, 'utf8')) as Proof)
    : { parts: {} };
  const proof: Proof = { parts: { ...known.parts, ...Object.fromEntries(parts) } };
  const totals = totalsOf(proof);
  console.log('');
  console.table(tableOf(proof));
  console.log(totals);
  const minutes = (performance.now() / 60_000).toFixed(1);
  console.log(`${minutes} minutes in ${values.processes} processes, Node ${process.version}`);
  if (!values['no-write']) {
    writeFileSync(PROOF_PATH, `${JSON.stringify({ totals, ...proof }, undefined, 2)}\n`);
  }
  return totals.failures === 0 && totals.faultsNotHit.length === 0;
}

function commit(): string {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
}
