import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { Part } from './part.ts';
import { proveProcesses } from './processes.ts';
import { proveSimulation } from './simulation.ts';

/**
 * The long proofs: `npm run proof` runs all parts one after the other, within half an hour;
 * `npm run proof -- --part simulation --seconds 600` runs one. Each replaces its own part of
 * `docs/proof.json`, which says when, where and on which commit it was run.
 */
const PARTS: Readonly<Record<string, { readonly run: Part; readonly seconds: number }>> = {
  simulation: { run: proveSimulation, seconds: 1_200 },
  processes: { run: proveProcesses, seconds: 480 },
};
const FILE = 'docs/proof.json';

const { values } = parseArgs({
  options: { part: { type: 'string', multiple: true }, seconds: { type: 'string' } },
});
const names = values.part ?? Object.keys(PARTS);
const unknown = names.find((name) => PARTS[name] === undefined);
if (unknown !== undefined) {
  console.error(`--part: expected ${Object.keys(PARTS).join(' or ')}, got '${unknown}'`);
  process.exit(2);
}

let violated = 0;
for (const name of names) {
  const part = PARTS[name];
  if (part === undefined) continue;
  const beganMs = performance.now();
  const seconds = values.seconds === undefined ? part.seconds : Number(values.seconds);
  const { figures, violations } = await part.run({ seconds, progress: showProgress });
  const took = Math.round((performance.now() - beganMs) / 1_000);
  console.log(`\n${name}, ${took} s`);
  console.log(figures);
  for (const violation of violations) console.error(violation);
  console.log(`${violations.length} violations`);
  violated += violations.length;
  save(name, { ...circumstances(), seconds: took, ...figures, violations });
}
process.exit(violated === 0 ? 0 : 1);

function showProgress(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${line}`);
}

function circumstances() {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const [processor] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit,
    node: process.version,
    cores: cpus().length,
    processor: processor?.model ?? 'unknown',
  };
}

function save(name: string, result: object): void {
  const all = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {};
  writeFileSync(FILE, `${JSON.stringify({ ...all, [name]: result }, null, 2)}\n`);
}
