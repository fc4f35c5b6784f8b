import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkAmbient } from './ambient.ts';
import { checkCycles } from './cycles.ts';
import { checkDeadFiles, type Entries, entrySources } from './dead-files.ts';
import { checkDocComments } from './doc-comments.ts';
import { checkImports } from './imports.ts';
import { checkLeftovers } from './leftovers.ts';
import { checkLock, checkManifest, type Lock, type Manifest } from './manifest.ts';
import { checkPeers } from './peers.ts';
import { checkPurity } from './purity.ts';
import { checkSize } from './size.ts';
import { readRepository } from './source.ts';
import { checkTitles } from './titles.ts';

const files = readRepository();
const library = files.filter(({ path }) => path.startsWith('lib/'));
const manifest = readJson('package.json') as Manifest & Entries;

describe('the repository', () => {
  it('is read at all', () => {
    // Every rule below holds for an empty list.
    expect(library.length).toBeGreaterThan(20);
  });

  it('imports in one direction', () => {
    expect(checkImports(files)).toEqual([]);
  });

  it('imports in no circle', () => {
    expect(checkCycles(library)).toEqual([]);
  });

  it('keeps deciding apart from doing', () => {
    expect(checkPurity(files)).toEqual([]);
  });

  it('touches clocks, timers and chance in core only', () => {
    expect(checkAmbient(files)).toEqual([]);
  });

  it('keeps files, functions and lines short', () => {
    expect(checkSize(files)).toEqual([]);
  });

  it('has no leftovers', () => {
    expect(checkLeftovers(files)).toEqual([]);
  });

  it('gives every test a title of its own', () => {
    expect(checkTitles(files)).toEqual([]);
  });

  it('has no file that users cannot reach', () => {
    expect(checkDeadFiles(files, entrySources(manifest))).toEqual([]);
  });

  it('documents every public symbol', () => {
    expect(checkDocComments(files, 'lib/index.ts')).toEqual([]);
  });

  it('depends on exact versions, and on nothing at run time', () => {
    expect(checkManifest(manifest)).toEqual([]);
  });

  it('declares every package that the library imports', () => {
    expect(checkPeers(files, Object.keys(manifest.peerDependencies ?? {}))).toEqual([]);
  });

  it('has a lock file that installs anywhere', () => {
    expect(checkLock(readJson('package-lock.json') as Lock)).toEqual([]);
  });
});

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
