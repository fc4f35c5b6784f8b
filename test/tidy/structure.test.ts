import { describe, expect, it } from 'vitest';
import { checkCycles } from './cycles.ts';
import { checkDeadFiles, entrySources } from './dead-files.ts';
import { checkImports } from './imports.ts';
import { checkPurity } from './purity.ts';
import { type Finding, sources } from './source.ts';

/** What the import rules say of one file with one import. */
function importing(path: string, specifier: string): Finding[] {
  return checkImports(sources({ [path]: `import { a } from '${specifier}';\na();` }));
}

describe('import directions', () => {
  it.each([
    ['lib/lock/lock.ts', '@aws-sdk/client-dynamodb'],
    ['lib/holdfast.ts', '@smithy/core'],
    ['lib/store/dynamo-store.ts', 'lodash'],
    ['lib/lock/lock.ts', 'dynalite'],
    ['lib/lock/lock.ts', '../election/election.ts'],
    ['lib/config/watch.ts', '../group/view.ts'],
    ['lib/core/retry.ts', '../store/store.ts'],
    ['lib/lock/lock.ts', '../holdfast.ts'],
    ['lib/lease/lease.ts', '../index.ts'],
    ['lib/lease/lease.ts', '../../test/support.ts'],
  ])('finds that %s imports %s', (path, specifier) => {
    expect(importing(path, specifier)).toEqual([expect.stringContaining(`${path}:1 imports`)]);
  });

  it.each([
    ['lib/store/dynamo-store.ts', '@aws-sdk/client-dynamodb'],
    ['lib/local/dynalite.ts', 'dynalite'],
    ['lib/lock/lock.ts', '../lease/lease.ts'],
    ['lib/lock/semaphore.ts', './lock.ts'],
    ['lib/core/retry.ts', '../errors.ts'],
    ['lib/index.ts', './holdfast.ts'],
    ['test/conformance/engines.ts', '@aws-sdk/client-dynamodb'],
  ])('lets %s import %s', (path, specifier) => {
    expect(importing(path, specifier)).toEqual([]);
  });

  it.each([
    ["import type { A } from '@aws-sdk/client-dynamodb';"],
    ["export { a } from '../election/election.ts';"],
    ["export * from '../election/election.ts';"],
    ["const a = await import('../election/election.ts');"],
    ["type A = import('../election/election.ts').A;"],
  ])('sees the import in %s', (text) => {
    expect(checkImports(sources({ 'lib/lock/lock.ts': text }))).toHaveLength(1);
  });

  it('ignores imports that a comment or a string shows', () => {
    const text = "// import { a } from '../election/election.ts';\nexport const b = `import 'x'`;";
    expect(checkImports(sources({ 'lib/lock/lock.ts': text }))).toEqual([]);
  });
});

describe('circles of imports', () => {
  it('are found once, with their members', () => {
    const files = sources({
      'lib/a.ts': "import './b.ts';",
      'lib/b.ts': "import './c.ts';",
      'lib/c.ts': "import './a.ts';",
    });
    expect(checkCycles(files)).toEqual([
      'lib/a.ts:1 is in a circle: lib/a.ts > lib/b.ts > lib/c.ts > lib/a.ts',
    ]);
  });

  it('may exist among types', () => {
    const files = sources({
      'lib/a.ts': "import { b } from './b.ts';",
      'lib/b.ts': "import type { A } from './a.ts';",
    });
    expect(checkCycles(files)).toEqual([]);
  });
});

describe('pure files', () => {
  const pure = ['lib/lease/judge.ts'];

  function judging(text: string): Finding[] {
    return checkPurity(sources({ 'lib/lease/judge.ts': text }), pure);
  }

  it.each([
    ["import { sleep } from '../core/clock.ts';"],
    ["import { readFileSync } from 'node:fs';"],
    ["import { Lease } from './lease.ts';"],
    ['export async function judge() {}'],
    ['export const judge = async () => {};'],
  ])('may not hold: %s', (text) => {
    expect(judging(text)).toEqual([expect.stringMatching(/^lib\/lease\/judge\.ts:1 is pure and /)]);
  });

  it('may know the types of what waits, and use each other', () => {
    expect(judging("import type { Lease } from './lease.ts';")).toEqual([]);
    expect(judging("import { invariant } from '../core/invariant.ts';")).toEqual([]);
    expect(judging("import { decide } from '../lock/protocol.ts';")).toEqual([]);
  });

  it('include every protocol', () => {
    const files = sources({ 'lib/lock/protocol.ts': 'await 1;' });
    expect(checkPurity(files, [])).toEqual(['lib/lock/protocol.ts:1 is pure and waits']);
  });

  it('must exist', () => {
    expect(checkPurity([], pure)).toEqual([
      'lib/lease/judge.ts:1 is listed as pure and does not exist',
    ]);
  });
});

describe('dead files', () => {
  const files = sources({
    'lib/index.ts': "export { a } from './a.ts';",
    'lib/a.ts': "import type { B } from './b.ts';",
    'lib/b.ts': '',
    'lib/lost.ts': "import './also-lost.ts';",
    'lib/also-lost.ts': "import './lost.ts';",
    'test/a.test.ts': "import '../lib/lost.ts';",
  });

  it('are those that no entry reaches, whoever else imports them', () => {
    expect(checkDeadFiles(files, ['lib/index.ts'])).toEqual([
      'lib/lost.ts:1 is reached from no entry of the package',
      'lib/also-lost.ts:1 is reached from no entry of the package',
    ]);
  });

  it('include entries without a source', () => {
    expect(checkDeadFiles(files, ['lib/index.ts', 'lib/lost.ts', 'lib/cli.ts'])).toEqual([
      'package.json:1 offers lib/cli.ts, which does not exist',
    ]);
  });

  it('are judged by the exports and programs of the package', () => {
    const exports = { '.': { default: './dist/lib/index.js' }, './package.json': './package.json' };
    const bin = { holdfast: 'dist/lib/cli/main.js' };
    expect(entrySources({ exports, bin })).toEqual(['lib/index.ts', 'lib/cli/main.ts']);
  });
});
