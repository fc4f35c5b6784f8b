import { describe, expect, it } from 'vitest';
import { checkDocComments } from './doc-comments.ts';
import { checkLeftovers } from './leftovers.ts';
import { checkSize } from './size.ts';
import { type Finding, sources } from './source.ts';
import { checkTitles } from './titles.ts';

function sizes(text: string): Finding[] {
  return checkSize(sources({ 'lib/a.ts': text }));
}

describe('sizes', () => {
  const body = 'call();\n'.repeat(69);

  it('find a file of 301 lines, and pass one of 300', () => {
    expect(sizes('a();\n'.repeat(301))).toEqual(['lib/a.ts:1 has 301 lines, above 300']);
    expect(sizes('a();\n'.repeat(300))).toEqual([]);
  });

  it('find a function of 71 lines, and pass one of 70', () => {
    expect(sizes(`\nfunction a() {\n${body}}`)).toEqual([
      'lib/a.ts:2 function of 71 lines, above 70',
    ]);
    expect(sizes(`\nfunction a() {${body}}`)).toEqual([]);
    expect(sizes(`const a = async () => {\n${body}};`)).toHaveLength(1);
    expect(sizes(`class A { a() {\n${body}} }`)).toHaveLength(1);
  });

  it('measure the tests of a suite, not the suite', () => {
    const suite = (lines: string) => `describe.each([1])('a', () => {${lines}});`;
    const test = `it('b', () => {${body}});\n`;
    expect(sizes(suite(test + test))).toEqual([]);
    expect(sizes(suite(`it('b', async () => {\n${body}});`))).toHaveLength(1);
    expect(sizes(suite(`\n${body}`))).toHaveLength(1);
  });

  it('find a line of 101 columns, and pass one of 100 or with an address', () => {
    expect(sizes(`//${'x'.repeat(99)}`)).toEqual(['lib/a.ts:1 has 101 columns, above 100']);
    expect(sizes(`//${'x'.repeat(98)}`)).toEqual([]);
    expect(sizes(`// https://example.com/${'x'.repeat(98)}`)).toEqual([]);
  });
});

function leftovers(text: string): Finding[] {
  return checkLeftovers(sources({ 'test/a.test.ts': text }));
}

describe('leftovers', () => {
  it.each([
    ['// FIXME: later'],
    ['/** TODO(me) */'],
    ["it.only('a', () => {});"],
    ["describe.skip('a', () => {});"],
    ["it.skipIf(true)('a', () => {});"],
    ["describe.runIf(false).each([1])('a %s', () => {});"],
    ["test.todo('a');"],
    ["it.fails('a', () => {});"],
    ['vi.useFakeTimers();'],
    ["vi.mock('../lib/a.ts');"],
  ])('include %s', (text) => {
    expect(leftovers(text)).toEqual([expect.stringMatching(/^test\/a\.test\.ts:1 /)]);
  });

  it.each([
    ["it('a', (context) => context.skip('no Java'));"],
    ["it.concurrent('a', () => {});"],
    ["export const text = 'TODO';"],
    ['list.skip(1);'],
    ['vi.fn();'],
  ])('leave %s alone', (text) => {
    expect(leftovers(text)).toEqual([]);
  });
});

describe('titles of tests', () => {
  it('are found when another file has them too', () => {
    const files = sources({
      'test/a.test.ts': "describe('lock', () => {\n  it('opens', () => {});\n});",
      'test/b.test.ts': "describe('lock', () => it('opens', () => {}));",
    });
    expect(checkTitles(files)).toEqual([
      "test/b.test.ts:1 'lock > opens' is also the title of test/a.test.ts:2 ",
    ]);
  });

  it('may repeat in different suites', () => {
    const text = `
      describe('lock', () => it('opens', () => {}));
      describe('door', () => { it('opens', () => {}); it.each([1])('opens %s', () => {}); });
      it(\`opens \${1}\`, () => {});`;
    expect(checkTitles(sources({ 'test/a.test.ts': text }))).toEqual([]);
  });
});

describe('doc comments', () => {
  function documenting(module: string, index = "export { a, type A } from './a.ts';"): Finding[] {
    return checkDocComments(sources({ 'lib/index.ts': index, 'lib/a.ts': module }), 'lib/index.ts');
  }

  it('are missed where another comment, or none, stands before the symbol', () => {
    const module = '/** A. */\nexport interface A {}\n// Not one.\nexport const a = 1;';
    expect(documenting(module)).toEqual(['lib/a.ts:4 a is public and has no doc comment']);
    expect(
      documenting('/** Of the file. */\nlet b;\nexport function a() {}\nexport class A {}'),
    ).toEqual([
      'lib/a.ts:3 a is public and has no doc comment',
      'lib/a.ts:4 A is public and has no doc comment',
    ]);
  });

  it('are seen above every kind of declaration', () => {
    expect(documenting('/** A. */\nexport type A = 1;\n/** a. */\nexport const a = 1;')).toEqual(
      [],
    );
    expect(documenting('/** A. */\nexport class A {}\n/** a. */\nexport function a() {}')).toEqual(
      [],
    );
    expect(documenting('', '/** a. */\nexport const a = 1;')).toEqual([]);
  });

  it('are looked for where a symbol is declared, not where it passes by', () => {
    const files = sources({
      'lib/index.ts': "export { a } from './a.ts';",
      'lib/a.ts': "export { a } from './b.ts';",
      'lib/b.ts': 'export const a = 1;',
    });
    expect(checkDocComments(files, 'lib/index.ts')).toEqual([
      'lib/b.ts:1 a is public and has no doc comment',
    ]);
  });

  it('cannot be judged through `export *`', () => {
    expect(documenting('', "export * from './a.ts';")).toEqual([
      expect.stringContaining('name each symbol'),
    ]);
  });
});
