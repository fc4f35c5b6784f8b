import type { Finding, SourceFile } from './source.ts';

/** What npm users can reach: the part of package.json that says it. */
export interface Entries {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
}

/** The sources of what the package offers: `./dist/lib/index.js` is built from `lib/index.ts`. */
export function entrySources({ exports, bin = {} }: Entries): string[] {
  return [...Object.values(exports), ...Object.values(bin)]
    .map((target) => (typeof target === 'string' ? target : target.default))
    .filter((path) => path.endsWith('.js'))
    .map((path) => path.replace(/^(\.\/)?dist\//, '').replace(/\.js$/, '.ts'));
}

/** Files of the library that no user can reach, and entries that lead nowhere. */
export function checkDeadFiles(
  files: readonly SourceFile[],
  entries: readonly string[],
): Finding[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const { target } of byPath.get(path)?.imports ?? []) {
      if (target !== undefined) waiting.push(target);
    }
  }
  const dead = files.filter(({ path }) => path.startsWith('lib/') && !reached.has(path));
  const missing = entries.filter((entry) => !byPath.has(entry));
  return [
    ...dead.map(({ path }) => `${path}:1 is reached from no entry of the package`),
    ...missing.map((entry) => `package.json:1 offers ${entry}, which does not exist`),
  ];
}
