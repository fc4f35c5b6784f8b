import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ExploredName } from '../explore/catalogue.ts';
import { bundlePlanted } from '../planted/load.ts';
import type { Mutant } from '../planted/mutant.ts';
import { MUTANTS } from '../planted/mutants.ts';
import { QUICK } from '../quick/quick-bundle.ts';
import { NODE_FLAGS } from './pool.ts';
import { everywhere, type Territory, territoryOf } from './territory.ts';

/**
 * How long it takes the simulator and the explorer to notice each planted bug:
 * `npm run proof:planted`. Writes `docs/planted.md`. Fails when neither they nor a directed test
 * notice one, or when the library without a bug is noticed.
 */
export type Sighting =
  | {
      readonly kind: 'seed';
      readonly workload: string;
      readonly seed: number;
      /** The check that failed. */
      readonly check: string;
    }
  | {
      readonly kind: 'world';
      readonly primitive: ExploredName;
      readonly title: string;
      /** Which execution of this world it was, from 1. */
      readonly execution: number;
    };

export interface Search extends Territory {
  readonly seeds: number;
  /** Of each small world. */
  readonly executions: number;
}

const PATH = 'docs/planted.md';
const WORKER = 'test/proof/planted-worker.ts';

interface Row {
  readonly mutant: Mutant;
  /** `undefined`: nobody noticed; `elsewhere`: neither simulator nor explorer comes by. */
  readonly sighting: Sighting | 'elsewhere' | undefined;
  readonly tests: readonly string[];
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    executions: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '120' },
    processes: { type: 'string', default: '2' },
  },
});

// As they are when it begins: it takes a while.
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const date = new Date().toISOString().slice(0, 10);
process.exitCode = (await prove()) ? 0 : 1;

async function prove(): Promise<boolean> {
  const control = await watch(undefined, everywhere());
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
  const unseen = rows.filter(({ sighting, tests }) => !isSighting(sighting) && tests.length === 0);
  for (const { mutant } of unseen) console.error(`nothing notices ${mutant.name}`);
  writeFileSync(PATH, documentOf(rows));
  console.log(`\n${summaryOf(rows)}`);
  return unseen.length === 0 && control === undefined;
}

async function rowOf(mutant: Mutant): Promise<Row> {
  const tests = directedTests(mutant.name);
  const territory = territoryOf(mutant.file);
  if (territory === undefined) return { mutant, sighting: 'elsewhere', tests };
  return { mutant, sighting: await watch(mutant, territory), tests };
}

/** What noticed the bug first in a process of its own: a bug may well be an endless loop. */
async function watch(
  mutant: Mutant | undefined,
  territory: Territory,
): Promise<Sighting | undefined> {
  const path = await bundlePlanted(WORKER, 'planted-sim', mutant?.name, QUICK);
  const [seeds, executions] = [Number(values.seeds), Number(values.executions)];
  const search: Search = { ...territory, seeds, executions };
  const options = { timeout: Number(values.seconds) * 1_000, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    const program = [...NODE_FLAGS, path, JSON.stringify(search)];
    execFile(process.execPath, program, options, (error, stdout) => {
      const workload = territory.workloads.join(', ');
      const crash = { kind: 'seed', workload, seed: 1, check: 'an unhandled error' } as const;
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

function isSighting(sighting: Row['sighting']): sighting is Sighting {
  return typeof sighting === 'object';
}

function summaryOf(rows: readonly Row[]): string {
  const met = rows.filter(({ sighting }) => sighting !== 'elsewhere');
  const sightings = met.map(({ sighting }) => sighting).filter(isSighting);
  const seeds = sightings.flatMap((each) => (each.kind === 'seed' ? [each.seed] : []));
  const median = seeds.toSorted((one, other) => one - other)[seeds.length >> 1];
  const directed = rows.filter(({ tests }) => tests.length > 0).length;
  return [
    `${rows.length} planted bugs. ${directed} are noticed by a directed test each, in every`,
    `\`npm test\`. Simulator and explorer come by ${met.length} of them.`,
    `${seeds.length} are noticed within ${values.seeds} seeds of 800 requests or of 200`,
    `transactions (median: seed ${median}), and ${sightings.length - seeds.length} more within`,
    `${values.executions} executions of each small world of two processes and one fault.`,
  ].join('\n');
}

function documentOf(rows: readonly Row[]): string {
  return `# Planted bugs

Written by \`npm run proof:planted\` (${date}, commit ${commit}); do not edit.

${summaryOf(rows)}
What they have not noticed costs time or requests and breaks nothing, or is in a part that they do
not use, or needs a schedule that so few runs do not come upon. For those the directed test is the
only witness.

| bug | how people come to write it | simulator and explorer | directed test |
|---|---|---|---|
${rows.map(lineOf).join('\n')}
`;
}

function lineOf({ mutant, sighting, tests }: Row): string {
  const seen = seenIn(sighting);
  const where = tests.map((path) => `\`${path}\``).join(', ') || 'none';
  return `| \`${mutant.name}\` | ${mutant.realBug.replaceAll('|', '\\|')} | ${seen} | ${where} |`;
}

function seenIn(sighting: Row['sighting']): string {
  if (sighting === undefined) return 'not noticed';
  if (sighting === 'elsewhere') return 'do not come by';
  if (sighting.kind === 'seed') {
    return `seed ${sighting.seed} of ${sighting.workload}: ${sighting.check}`;
  }
  const { primitive, title, execution } = sighting;
  return `execution ${execution} of ${primitive}: ${title}`;
}
