import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import { bundle } from '../../scripts/bundle.mjs';
import { type Mutant, plant } from './mutant.ts';
import { MUTANTS, type MutantName } from './mutants.ts';

/** The library as its users and tests import it, with or without a planted bug. */
export type Library = typeof import('./surface.ts');

const loaded = new Map<MutantName | undefined, Promise<Library>>();

/**
 * The library with one bug planted in it, or as it is. Both go the same way through a bundle, so
 * that the bug is the only difference between them.
 */
export function loadLibrary(name?: MutantName): Promise<Library> {
  const library = loaded.get(name) ?? build(name);
  loaded.set(name, library);
  return library;
}

async function build(name: MutantName | undefined): Promise<Library> {
  const path = await bundlePlanted('test/planted/surface.ts', 'planted', name);
  return import(pathToFileURL(path).href);
}

/** The path of a program in one file, with the library in it and the bug in that. */
export async function bundlePlanted(
  entry: string,
  folder: string,
  name: string | undefined,
): Promise<string> {
  const mutant = MUTANTS.find((candidate) => candidate.name === name);
  const planting = mutant && new Planting(mutant);
  const path = await bundle(entry, {
    output: `${folder}/${name ?? 'as-it-is'}.mjs`,
    // There are hundreds of them in one test run.
    sourcemap: false,
    plugins: planting === undefined ? [] : [planting.plugin],
  });
  // A file outside of the bundle would leave a "mutant" without its bug.
  if (planting?.planted === false) throw new Error(`${name}: the library has no ${mutant?.file}`);
  return path;
}

class Planting {
  planted = false;
  readonly #mutant: Mutant;

  constructor(mutant: Mutant) {
    this.#mutant = mutant;
  }

  get plugin(): Plugin {
    const target = resolve(this.#mutant.file);
    // No other file: asking this process about each of them takes most of a bundle's time.
    const filter = new RegExp(`^${target.replace(/[^\w/]/g, '\\$&')}$`);
    return {
      name: 'planted-bug',
      setup: ({ onLoad }) => {
        onLoad({ filter }, async ({ path }) => {
          const contents = plant(this.#mutant, await readFile(path, 'utf8'));
          this.planted = true;
          return { contents, loader: 'ts' };
        });
      },
    };
  }
}
