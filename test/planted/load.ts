import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import { type BundleOptions, bundle } from '../../scripts/bundle.mjs';
import { ModuleGraph } from './module-graph.ts';
import { type Mutant, plant } from './mutant.ts';
import { MUTANTS, type MutantName } from './mutants.ts';

/** The library as its users and tests import it, with or without a planted bug. */
export type Library = typeof import('./surface.ts');

const loaded = new Map<MutantName | undefined, Promise<Library>>();
let graph: Promise<ModuleGraph> | undefined;

/**
 * The library with one bug planted in it, or as it is. Both go the same way from source to
 * running, so that the bug is the only difference between them.
 */
export function loadLibrary(name?: MutantName): Promise<Library> {
  const library = loaded.get(name) ?? load(name);
  loaded.set(name, library);
  return library;
}

async function load(name: MutantName | undefined): Promise<Library> {
  graph ??= ModuleGraph.of('test/planted/surface.ts');
  const mutant = MUTANTS.find((candidate) => candidate.name === name);
  const other = mutant && { path: mutant.file, source: await planting(mutant) };
  return (await (await graph).run(other)) as Library;
}

async function planting(mutant: Mutant): Promise<string> {
  return plant(mutant, await readFile(mutant.file, 'utf8'));
}

/** The path of a program in one file, with the library in it and the bug in that. */
export async function bundlePlanted(
  entry: string,
  folder: string,
  name: string | undefined,
  options: Pick<BundleOptions, 'inject'> = {},
): Promise<string> {
  const mutant = MUTANTS.find((candidate) => candidate.name === name);
  const planting = mutant && new Planting(mutant);
  const path = await bundle(entry, {
    output: `${folder}/${name ?? 'as-it-is'}.mjs`,
    ...options,
    // There may be hundreds of them.
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
        onLoad({ filter }, async () => {
          const contents = await planting(this.#mutant);
          this.planted = true;
          return { contents, loader: 'ts' };
        });
      },
    };
  }
}
