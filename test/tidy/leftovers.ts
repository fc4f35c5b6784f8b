import { type Finding, finding, type SourceFile } from './source.ts';
import { testCall } from './test-calls.ts';
import { nameOf, walk } from './walk.ts';

/** Marks that somebody leaves to come back to; an issue is the place for them. */
const MARK = /\b(FIXME|TODO|XXX|HACK)\b/;

/** `only` and `skip` quietly stop tests; a conditional skip must say its reason at run time. */
const MODIFIERS: Readonly<Record<string, string>> = {
  only: 'runs alone: remove it before committing',
  skip: 'never runs: use context.skip(reason)',
  skipIf: 'may not run and does not say why: use context.skip(reason)',
  runIf: 'may not run and does not say why: use context.skip(reason)',
  todo: 'is a wish: write it or open an issue',
  fails: 'passes by failing: assert what happens instead',
};

/** Parts of vitest's `vi` that replace what the test is about. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  useFakeTimers: 'inject a Clock',
  setSystemTime: 'inject a Clock',
  mock: 'use a real engine, or hand in a double through the interface',
  doMock: 'use a real engine, or hand in a double through the interface',
};

/** What must not be committed: marks, tests switched off, doubles in place of the real thing. */
export function checkLeftovers(files: readonly SourceFile[]): Finding[] {
  return files.flatMap((file) => [
    ...markFindings(file),
    ...testFindings(file),
    ...replacementFindings(file),
  ]);
}

function markFindings(file: SourceFile): Finding[] {
  return file.comments.flatMap(({ value, start }) => {
    const mark = MARK.exec(value);
    return mark === null ? [] : finding(file, start + mark.index, `has a ${mark[0]}`);
  });
}

function testFindings(file: SourceFile): Finding[] {
  const findings: Finding[] = [];
  walk(file.program, (node) => {
    const call = testCall(node);
    for (const modifier of call?.modifiers ?? []) {
      const objection = Object.hasOwn(MODIFIERS, modifier) ? MODIFIERS[modifier] : undefined;
      if (objection !== undefined) {
        findings.push(
          finding(file, node.start, `${modifier}: '${call?.title(file.text)}' ${objection}`),
        );
      }
    }
    return 'into';
  });
  return findings;
}

function replacementFindings(file: SourceFile): Finding[] {
  const findings: Finding[] = [];
  walk(file.program, (node) => {
    if (node.type !== 'MemberExpression' || nameOf(node.object) !== 'vi') return 'into';
    const name = nameOf(node.property) ?? '';
    const instead = Object.hasOwn(REPLACEMENTS, name) ? REPLACEMENTS[name] : undefined;
    if (instead !== undefined) findings.push(finding(file, node.start, `vi.${name}: ${instead}`));
    return 'into';
  });
  return findings;
}
