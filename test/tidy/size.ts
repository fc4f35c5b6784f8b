import { type Finding, finding, lineAt, type SourceFile } from './source.ts';
import { testCall } from './test-calls.ts';
import { isFunction, type Node, walk } from './walk.ts';

const FILE_LINES_MAX = 300;
const FUNCTION_LINES_MAX = 70;
const COLUMNS_MAX = 100;

/** Files, functions and lines that are too long to be read at one sitting. */
export function checkSize(files: readonly SourceFile[]): Finding[] {
  return files.flatMap((file) => [
    ...fileFindings(file),
    ...lineFindings(file),
    ...functionFindings(file),
  ]);
}

function fileFindings(file: SourceFile): Finding[] {
  const lines = file.text.trimEnd().split('\n').length;
  if (lines <= FILE_LINES_MAX) return [];
  return [`${file.path}:1 has ${lines} lines, above ${FILE_LINES_MAX}`];
}

function lineFindings(file: SourceFile): Finding[] {
  return file.text.split('\n').flatMap((line, index) => {
    const columns = [...line].length;
    if (columns <= COLUMNS_MAX || line.includes('://')) return [];
    return `${file.path}:${index + 1} has ${columns} columns, above ${COLUMNS_MAX}`;
  });
}

function functionFindings(file: SourceFile): Finding[] {
  const findings: Finding[] = [];
  walk(file.program, (node) => {
    const lines = isFunction(node) ? linesOf(file, node) - linesOfTests(file, node) : 0;
    if (lines > FUNCTION_LINES_MAX) {
      findings.push(
        finding(file, node.start, `function of ${lines} lines, above ${FUNCTION_LINES_MAX}`),
      );
    }
    return 'into';
  });
  return findings;
}

/** Suites and tests inside a function are measured by themselves: a suite is a list, not a deed. */
function linesOfTests(file: SourceFile, parent: Node): number {
  let lines = 0;
  walk(parent, (node) => {
    const body = testCall(node)?.body;
    if (node === parent || body === undefined) return 'into';
    lines += linesOf(file, body);
    return 'past';
  });
  return lines;
}

function linesOf(file: SourceFile, node: Node): number {
  return lineAt(file.text, node.end) - lineAt(file.text, node.start) + 1;
}
