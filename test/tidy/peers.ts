import { type Finding, finding, type SourceFile } from './source.ts';

/**
 * Packages that the library imports and does not declare as peers. They may happen to be there, as
 * a dependency of a dependency, and are missing under package managers that keep those apart.
 */
export function checkPeers(files: readonly SourceFile[], peers: readonly string[]): Finding[] {
  return files
    .filter(({ path }) => path.startsWith('lib/'))
    .flatMap((file) =>
      file.imports
        .filter(({ target, specifier }) => target === undefined && !specifier.startsWith('node:'))
        .filter(({ specifier }) => !peers.includes(packageOf(specifier)))
        .map(({ specifier, start }) => finding(file, start, `${specifier} is not a declared peer`)),
    );
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
