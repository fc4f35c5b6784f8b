import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = rootAbove(dirname(fileURLToPath(import.meta.url)));

/**
 * Turns a TypeScript entry into one runnable file below `.build/`, where Node still finds the
 * repository's packages. Packages stay outside the bundle; our own modules go into it.
 *
 * @param {string} entry the entry's path, relative to the repository
 * @param {{
 *   output?: string,
 *   plugins?: import('esbuild').Plugin[],
 *   inject?: readonly string[],
 *   sourcemap?: boolean,
 * }} [options] the file below `.build/` when it is not the entry's own, what changes the sources on
 *   their way, files whose exports stand in for global names, and whether the bundle knows its
 *   sources, of which it consists for three quarters then (yes)
 * @returns {Promise<string>} the absolute path of the bundle
 */
export async function bundle(entry, options = {}) {
  const { plugins = [], inject = [], sourcemap = true } = options;
  const { output = entry.replace(/\.ts$/, '.mjs') } = options;
  const outputPath = join(ROOT, '.build', output);
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: outputPath,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: sourcemap && 'inline',
    write: false,
    logLevel: 'warning',
    plugins,
    inject: [...inject],
  });
  mkdirSync(dirname(outputPath), { recursive: true });
  // Written aside and renamed: another process may be starting the same entry at this moment.
  const partialPath = `${outputPath}.${process.pid}`;
  for (const { contents } of outputFiles) writeFileSync(partialPath, contents);
  renameSync(partialPath, outputPath);
  return outputPath;
}

/** The repository's folder: this file may itself be part of a bundle, further down. */
function rootAbove(folder) {
  return existsSync(join(folder, 'package.json')) ? folder : rootAbove(dirname(folder));
}
