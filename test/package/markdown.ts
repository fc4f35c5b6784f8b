import { readdirSync } from 'node:fs';
import { posix } from 'node:path';

/** The documents that users and contributors read. */
export function readDocuments(): string[] {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .map((file) => posix.join('docs', file.replaceAll('\\', '/')))
    .filter((path) => path.endsWith('.md'));
  return ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...docs.sort()];
}

/** A fenced block of code, and the line it starts on. */
export interface CodeBlock {
  readonly language: string;
  readonly code: string;
  readonly line: number;
}

const FENCE = /^```(\w*)[^\n]*\n(.*?)^```/gms;

export function codeBlocks(markdown: string): CodeBlock[] {
  return Array.from(markdown.matchAll(FENCE), (match) => ({
    language: match[1] ?? '',
    code: match[2] ?? '',
    line: markdown.slice(0, match.index).split('\n').length + 1,
  }));
}

const LINK = /\[[^\]]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g;
const HEADING = /^#{1,6}\s+(.+?)\s*$/gm;

/**
 * Relative links in `markdown` that lead nowhere. `read` gives the text of a file, `''` for a
 * folder, and `undefined` for what does not exist.
 */
export function brokenLinks(
  path: string,
  markdown: string,
  read: (path: string) => string | undefined,
): string[] {
  const prose = withoutCode(markdown);
  return Array.from(prose.matchAll(LINK), ([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#');
      const text = file === '' ? markdown : read(posix.join(posix.dirname(path), file));
      if (text === undefined) return true;
      return anchor !== undefined && !anchorsOf(text).includes(anchor);
    })
    .map((target) => `${path} links to ${target}`);
}

/** The anchors that GitHub makes of headings. */
function anchorsOf(markdown: string): string[] {
  return Array.from(withoutCode(markdown).matchAll(HEADING), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

function withoutCode(markdown: string): string {
  // Brackets in code make no links, but code in a heading does make its anchor.
  return markdown.replace(FENCE, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));
}
