import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Findings, type Scale, type Section, tableOf } from './report.ts';

/** Everything that a figure depends on besides the code. */
interface Circumstances {
  readonly date: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  /** Processes that wanted to run at the start and at the end. */
  readonly load: readonly number[];
  readonly packages: Readonly<Record<string, string>>;
}

const PACKAGES = ['@aws-sdk/client-dynamodb', '@dynoxide/linux-x64', 'dynalite'];

/** Runs the sections that the command line names, or all, and prints what they found. */
export async function runBenchmark(name: string, sections: readonly Section[]): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      output: { type: 'string' },
    },
  });
  const unknown = positionals.filter((each) => !sections.some((section) => section.name === each));
  if (unknown.length > 0) {
    console.error(`${name} has ${sections.map((section) => section.name).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const scale: Scale = values.quick ? 'quick' : 'full';
  const loadBefore = load();
  const found: Findings[] = [];
  for (const section of sections) {
    if (positionals.length > 0 && !positionals.includes(section.name)) continue;
    const findings = await section.run(scale);
    found.push(findings);
    if (!values.json) console.log(tableOf(found.length, findings));
  }
  const circumstances = describe([loadBefore, load()]);
  const report = { benchmark: name, scale, ...circumstances, sections: found };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  if (values.json) process.stdout.write(json);
  else console.log(summaryOf(circumstances, found));
  if (values.output !== undefined) writeFileSync(values.output, json);
  if (hasFailed(found, scale)) process.exitCode = 1;
}

function hasFailed(found: readonly Findings[], scale: Scale): boolean {
  return found.some(({ figures }) =>
    figures.some(
      ({ target }) =>
        target !== undefined && !target.isMet && (scale === 'full' || !target.isTimed),
    ),
  );
}

function describe(loads: readonly number[]): Circumstances {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    node: process.version,
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    load: loads,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}

function summaryOf({ date, node, processor, cores, load }: Circumstances, found: Findings[]) {
  const targets = found.flatMap(({ figures }) => figures.flatMap(({ target }) => target ?? []));
  const met = targets.filter(({ isMet }) => isMet).length;
  return (
    `${met} of ${targets.length} targets met. ${date}, Node ${node}, ` +
    `${cores} cores of ${processor}, load ${load.join(' to ')}.`
  );
}

function load(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

function versionOf(name: string): string {
  try {
    const path = join(process.cwd(), 'node_modules', name, 'package.json');
    return JSON.parse(readFileSync(path, 'utf8')).version;
  } catch {
    return 'not installed';
  }
}
