/**
 * The main job: processes that share a ledger under a lock and elect a leader, while some of them
 * are killed and one is stopped. `--help` tells the options.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Holdfast } from 'holdfast';
import { causeChaos, FULL_PLAN, QUICK_PLAN } from './chaos.ts';
import { machineMs } from './clock.ts';
import { Crew } from './crew.ts';
import { figuresOf } from './figures.ts';
import type { JobHistory } from './history.ts';
import { Journal } from './journal.ts';
import { parseLedger } from './ledger.ts';
import { LedgerKeeper } from './ledger-keeper.ts';
import { followLeaders } from './observer.ts';
import { HELP, type JobOptions, parseOptions } from './options.ts';
import { standardOutput } from './paper.ts';
import { writeEnd, writeFigures, writeVerdict } from './report.ts';
import { openTables, type Tables } from './tables.ts';
import { Timeline } from './timeline.ts';
import { brokenOff, judge } from './verdict.ts';

const LEASE_MS = 3_000;
const REQUEST_TIMEOUT_MS = 750;
/** With the end that follows it, less than a minute. */
const LONGEST_CHAOS_MS = 48_000;
const paper = standardOutput();

// The SDK's notice about old versions of Node would appear once a process.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
process.exitCode = await main();

async function main(): Promise<number> {
  const parsed = parseOptions(process.argv.slice(2));
  switch (parsed.kind) {
    case 'help':
      paper.write(HELP);
      return 0;
    case 'mistake':
      process.stderr.write(`${parsed.message}\n\n${HELP}`);
      return 2;
    case 'run':
      return run(parsed.options).catch((error) => {
        process.stderr.write(`The run could not begin: ${tell(error)}\n`);
        return 1;
      });
  }
}

async function run(options: JobOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-main-job-'));
  // Whatever ends this process, the folder goes with it.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const tables = await openTables(options.target);
  const runId = `main-job-${Date.now().toString(36)}`;
  try {
    return await runOn(tables, { options, folder, runId });
  } finally {
    await tables.close(runId);
  }
}

interface Setting {
  readonly options: JobOptions;
  readonly folder: string;
  readonly runId: string;
}

async function runOn(tables: Tables, { options, folder, runId }: Setting): Promise<number> {
  const { processes, fenced, quick } = options;
  const { table, ledgerTable, clientConfig } = tables;
  const startMs = machineMs();
  const journal = new Journal(AbortSignal.timeout(LONGEST_CHAOS_MS));
  const timeline = new Timeline(paper, startMs);
  const keeper = new LedgerKeeper(join(folder, 'ledger'), { fenced });
  const base = { table, namespace: runId, clientConfig, requestTimeoutMs: REQUEST_TIMEOUT_MS };
  const more = { ledgerTable, ledgerId: runId, ledgerPath: keeper.path, leaseMs: LEASE_MS, fenced };
  const crew = new Crew({ ...base, ...more }, journal, keeper);
  endOnSignals(crew);
  introduce(tables, options);

  await using holdfast = new Holdfast(base);
  const election = holdfast.election('leader');
  const watching = new AbortController();
  const observer = followLeaders(election, journal, watching.signal).catch((error) => {
    const message = `can't follow the leaders: ${tell(error)}`;
    journal.record({ kind: 'failed', atMs: machineMs(), process: 'the observer', message });
  });
  const candidates = () => election.candidates();
  for (let started = 0; started < processes; started += 1) crew.start();
  // From here on, because a list of those who start first is no news.
  journal.onEvent((event) => timeline.show(event));
  const plan = quick ? QUICK_PLAN : FULL_PLAN;
  const breakage = await causeChaos({ crew, journal, candidates }, plan).catch(tell);
  watching.abort();
  await observer;
  await crew.finish();

  const ledger = parseLedger(readFileSync(keeper.path, 'utf8'));
  const { events } = journal;
  const history = { events, ledger, unfenced: keeper.unfenced, leaseMs: LEASE_MS };
  return conclude(history, { startMs, breakage: breakage ?? undefined });
}

function conclude(
  history: JobHistory,
  end: { readonly startMs: number; readonly breakage: string | undefined },
): number {
  const checks = judge(history);
  if (end.breakage !== undefined) checks.unshift(brokenOff(end.breakage));
  writeFigures(paper, figuresOf(history));
  writeVerdict(paper, checks);
  writeEnd(paper, checks, machineMs() - end.startMs);
  return checks.every(({ held }) => held) ? 0 : 1;
}

function introduce(tables: Tables, { processes, fenced }: JobOptions): void {
  const lease = `${LEASE_MS / 1_000} s`;
  paper.write(paper.style('bold', 'Holdfast'));
  paper.write(`${processes} processes append to one ledger, each line under a lock, and elect one`);
  paper.write(`leader. Some get killed, one gets stopped. Leases last ${lease}; times in seconds.`);
  paper.write(`On ${tables.description}.`);
  if (!fenced) paper.write(paper.style('red', 'WITHOUT the fence: this run must fail.'));
  paper.write('');
}

/** Ctrl-C and the like: no worker stays behind. */
function endOnSignals(crew: Crew): void {
  process.once('exit', () => crew.killAll());
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}

function tell(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
