import type { Finding, SourceFile } from './source.ts';

/** Circles of imports at run time: there the order of evaluation decides what exists. */
export function checkCycles(files: readonly SourceFile[]): Finding[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const findings: Finding[] = [];
  const finished = new Set<string>();

  const visit = (path: string, trail: readonly string[]): void => {
    const turn = trail.indexOf(path);
    if (turn !== -1) {
      findings.push(`${path}:1 is in a circle: ${[...trail.slice(turn), path].join(' > ')}`);
      return;
    }
    if (finished.has(path)) return;
    for (const { target, typeOnly } of byPath.get(path)?.imports ?? []) {
      if (target !== undefined && !typeOnly) visit(target, [...trail, path]);
    }
    finished.add(path);
  };
  for (const file of files) visit(file.path, []);
  return findings;
}
