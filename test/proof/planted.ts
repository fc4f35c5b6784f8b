import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundlePlanted } from '../planted/load.ts';
import type { Mutant } from '../planted/mutant.ts';
import { MUTANTS } from '../planted/mutants.ts';

/**
 * How many seeds of the simulator it takes to notice each planted bug: `npm run proof:planted`.
 * Writes `docs/planted.md`. Fails when neither a seed nor a directed test notices one, or when the
 * library without a bug is noticed.
 */
export interface Sighting {
  readonly workload: string;
  readonly seed: number;
  /** The check that failed. */
  readonly check: string;
}

const PATH = 'docs/planted.md';
const WORKER = 'test/proof/planted-worker.ts';

/** Which workloads come by a file of the library; the first that fits counts. */
const WORKLOADS: readonly (readonly [RegExp, string])[] = [
  [/^lib\/(lease|core)\//, 'lock,election'],
  [/^lib\/election\//, 'election'],
  [/^lib\/lock\/(pool|permit|read-write|conversion|semaphore|resize|shared)/, 'permits'],
  [/^lib\/lock\/(latch|barrier|double|meeting|poll)/, 'meetings'],
  [/^lib\/lock\/lock/, 'lock'],
  [/^lib\/naming\/(name|sequence)/, 'naming'],
  [/^lib\/config\/rollout/, 'rollout'],
  [/^lib\/config\//, 'config'],
  [/^lib\/group\//, 'group'],
];

interface Row {
  readonly mutant: Mutant;
  /** `undefined`: no seed noticed; `no-workload`: the simulator does not come by. */
  readonly sighting: Sighting | 'no-workload' | undefined;
  readonly tests: readonly string[];
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '120' },
    processes: { type: 'string', default: '2' },
  },
});

// As they are when it begins: it takes a while.
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const date = new Date().toISOString().slice(0, 10);
process.exitCode = (await prove()) ? 0 : 1;

async function prove(): Promise<boolean> {
  const everything = [...new Set(WORKLOADS.flatMap(([, names]) => names.split(',')))].join(',');
  const control = await watch(undefined, everything);
  if (control !== undefined) console.error('noticed without any bug:', control);
  const waiting: Mutant[] = [...MUTANTS];
  const rows: Row[] = [];
  const work = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      rows.push(await rowOf(mutant));
      process.stdout.write('.');
    }
  };
  await Promise.all(Array.from({ length: Number(values.processes) }, work));
  rows.sort((one, other) => one.mutant.name.localeCompare(other.mutant.name));
  const unseen = rows.filter(({ sighting, tests }) => !isSeed(sighting) && tests.length === 0);
  for (const { mutant } of unseen) console.error(`nothing notices ${mutant.name}`);
  writeFileSync(PATH, documentOf(rows));
  console.log(`\n${summaryOf(rows)}`);
  return unseen.length === 0 && control === undefined;
}

async function rowOf(mutant: Mutant): Promise<Row> {
  const tests = directedTests(mutant.name);
  const workloads = WORKLOADS.find(([files]) => files.test(mutant.file))?.[1];
  if (workloads === undefined) return { mutant, sighting: 'no-workload', tests };
  return { mutant, sighting: await watch(mutant, workloads), tests };
}

/** What noticed the bug first in a process of its own: a bug may well be an endless loop. */
async function watch(mutant: Mutant | undefined, workloads: string): Promise<Sighting | undefined> {
  const path = await bundlePlanted(WORKER, 'planted-sim', mutant?.name);
  const options = { timeout: Number(values.seconds) * 1_000, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, [path, workloads, values.seeds], options, (error, stdout) => {
      const crash = { workload: workloads, seed: 1, check: 'an unhandled error' };
      const isOverdue = error?.killed === true;
      if (error !== null) resolve(isOverdue ? undefined : crash);
      else resolve((JSON.parse(stdout) as Sighting | null) ?? undefined);
    });
  });
}

/** The files of tests that name the bug. */
function directedTests(name: string): readonly string[] {
  return testFiles()
    .filter(([, text]) => text.includes(`'${name}'`))
    .map(([path]) => path);
}

let files: readonly (readonly [string, string])[] | undefined;

function testFiles(): readonly (readonly [string, string])[] {
  files ??= readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('planted'))
    .map((path) => [path, readFileSync(join('test', path), 'utf8')] as const);
  return files;
}

function isSeed(sighting: Row['sighting']): sighting is Sighting {
  return typeof sighting === 'object';
}

function summaryOf(rows: readonly Row[]): string {
  const simulated = rows.filter(({ sighting }) => sighting !== 'no-workload');
  const seeds = simulated.flatMap(({ sighting }) => (isSeed(sighting) ? [sighting.seed] : []));
  const median = seeds.toSorted((one, other) => one - other)[seeds.length >> 1];
  const directed = rows.filter(({ tests }) => tests.length > 0).length;
  return [
    `${rows.length} planted bugs. ${directed} are noticed by a directed test each, in every`,
    `\`npm test\`. The simulator comes by ${simulated.length} of them and notices ${seeds.length}`,
    `within ${values.seeds} seeds of 800 requests (median: seed ${median}).`,
  ].join('\n');
}

function documentOf(rows: readonly Row[]): string {
  return `# Planted bugs

Written by \`npm run proof:planted\` (${date}, commit ${commit}); do not edit.

${summaryOf(rows)}
What it has not noticed costs time or requests and breaks nothing, or is in a part that its
workloads do not use, or needs a schedule that so few seeds do not come upon. For those the directed
test is the only witness.

| bug | how people come to write it | simulator | directed test |
|---|---|---|---|
${rows.map(lineOf).join('\n')}
`;
}

function lineOf({ mutant, sighting, tests }: Row): string {
  const seen = isSeed(sighting)
    ? `seed ${sighting.seed} of ${sighting.workload}: ${sighting.check}`
    : sighting === undefined
      ? 'not noticed'
      : 'does not come by';
  const where = tests.map((path) => `\`${path}\``).join(', ') || 'none';
  return `| \`${mutant.name}\` | ${mutant.realBug.replaceAll('|', '\\|')} | ${seen} | ${where} |`;
}
