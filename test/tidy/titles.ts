import { type Finding, finding, type SourceFile } from './source.ts';
import { testCall } from './test-calls.ts';
import { type Node, walk } from './walk.ts';

/** Tests whose whole title another test has too: a report can't tell them apart. */
export function checkTitles(files: readonly SourceFile[]): Finding[] {
  const firstByTitle = new Map<string, Finding>();
  const findings: Finding[] = [];
  for (const file of files) {
    for (const { title, start } of titlesIn(file, file.program, [])) {
      const first = firstByTitle.get(title);
      if (first === undefined) firstByTitle.set(title, finding(file, start, ''));
      else findings.push(finding(file, start, `'${title}' is also the title of ${first}`));
    }
  }
  return findings;
}

interface Title {
  readonly title: string;
  readonly start: number;
}

function titlesIn(file: SourceFile, root: Node, suites: readonly string[]): Title[] {
  const titles: Title[] = [];
  walk(root, (node) => {
    const call = testCall(node);
    if (call === undefined) return 'into';
    const path = [...suites, call.title(file.text)];
    if (call.kind === 'test') titles.push({ title: path.join(' > '), start: node.start });
    else if (call.body !== undefined) titles.push(...titlesIn(file, call.body, path));
    return 'past';
  });
  return titles;
}
