/**
 * Runs a TypeScript program of this repository on any supported Node:
 *
 *   node scripts/run.mjs test/sim/simulate.ts --seed 7
 *   node scripts/run.mjs bench/ lock                     the program `lock` of a folder
 *   node scripts/run.mjs bench/                          which programs the folder has
 *
 * Node 20 cannot run TypeScript by itself, and esbuild is here anyway. Everything runs in this
 * process, so signals, exit codes and Node's own flags behave as if the program were started alone.
 */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';

const [target, ...rest] = process.argv.slice(2);
const [entry, programArguments] = chooseEntry(target, rest);
const outputPath = await bundle(entry);
process.setSourceMapsEnabled(true);
process.argv = [process.execPath, outputPath, ...programArguments];
await import(pathToFileURL(outputPath).href);

function chooseEntry(path, following) {
  if (path === undefined) refuse('usage: node scripts/run.mjs <entry.ts | folder/> [arguments]');
  if (!path.endsWith('/')) return [path, following];
  const programs = readdirSync(path)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'));
  const [name, ...programArguments] = following;
  if (!programs.includes(name)) {
    refuse(`${path} has: ${programs.join(', ') || 'nothing yet'}. Name one of them.`);
  }
  return [`${path}${name}.ts`, programArguments];
}

function refuse(message) {
  console.error(message);
  process.exit(2);
}
