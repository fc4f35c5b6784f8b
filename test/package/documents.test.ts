import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { brokenLinks, codeBlocks, readDocuments } from './markdown.ts';

describe('links in the documents', () => {
  it('all lead somewhere', () => {
    const documents = readDocuments();
    expect(documents.length).toBeGreaterThan(4);
    expect(documents.flatMap((path) => brokenLinks(path, readText(path), readIfAny))).toEqual([]);
  });

  const read = (path: string) => ({ 'docs/a.md': '# The `b` part\n', lib: '' })[path];

  it.each([
    '[a](b.md)',
    '[a](../lib/c.ts "title")',
    '[a](a.md#the-c-part)',
    '[a](#nowhere)',
    '![a](picture.png)',
  ])('are found broken: %s', (text) => {
    expect(brokenLinks('docs/readme.md', text, read)).toHaveLength(1);
  });

  it.each([
    '[a](a.md)',
    '[a](../docs/a.md#the-b-part)',
    '[a](../lib)',
    '[a](https://example.com/b.md)',
    '`[a](b.md)`',
    '```md\n[a](b.md)\n```\n',
    '## Here & there\n[a](#here--there)',
  ])('are found sound: %s', (text) => {
    expect(brokenLinks('docs/readme.md', text, read)).toEqual([]);
  });
});

describe('code in the documents', () => {
  it('is found with its language and line', () => {
    const text = 'a\n```ts title\nconst a = 1;\n```\n```\nplain\n```\n';
    expect(codeBlocks(text)).toEqual([
      { language: 'ts', code: 'const a = 1;\n', line: 3 },
      { language: '', code: 'plain\n', line: 6 },
    ]);
  });
});

describe('the README', () => {
  it('starts anybody with exactly two commands', () => {
    const commands = codeBlocks(readText('README.md')).filter(({ language }) => language === 'sh');
    expect(commands.map(({ code }) => code)).toEqual([
      'npm ci && npm start\n',
      'npm ci && npm test\n',
    ]);
  });
});

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

function readIfAny(path: string): string | undefined {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return undefined;
  return entry.isDirectory() ? '' : readText(path);
}
