import { describe, expect, it } from 'vitest';
import { checkLock, checkManifest } from './manifest.ts';
import { checkPeers } from './peers.ts';
import { sources } from './source.ts';

describe('the manifest', () => {
  it('may not depend on anything at run time', () => {
    expect(checkManifest({ dependencies: { lodash: '4.17.21' } })).toHaveLength(1);
    expect(checkManifest({ dependencies: {} })).toEqual([]);
  });

  it.each(['^1.2.3', '~1.2.3', '1.2', 'latest', '>=1.0.0', 'file:../a'])(
    'may not ask for version %s',
    (version) => {
      expect(checkManifest({ devDependencies: { a: version } })).toHaveLength(1);
      expect(checkManifest({ optionalDependencies: { a: version } })).toHaveLength(1);
    },
  );

  it('may ask for an exact version, and for a range of a peer', () => {
    const peerDependencies = { '@aws-sdk/client-dynamodb': '^3.1000.0' };
    expect(checkManifest({ devDependencies: { a: '1.2.3-beta.1' }, peerDependencies })).toEqual([]);
  });

  it('may not force a peer on everybody', () => {
    const peerDependencies = { mqtt: '^5.0.0' };
    const peerDependenciesMeta = { mqtt: { optional: true } };
    expect(checkManifest({ peerDependencies })).toEqual([
      'package.json:1 peer mqtt is not optional',
    ]);
    expect(checkManifest({ peerDependencies, peerDependenciesMeta })).toEqual([]);
  });
});

describe('peers', () => {
  const files = sources({
    'lib/a.ts':
      "import { b } from '@scope/b/part';\nimport type { C } from 'c';\nimport 'node:fs';",
    'test/a.test.ts': "import 'vitest';",
  });

  it('are declared for every package that the library imports, types included', () => {
    expect(checkPeers(files, ['c'])).toEqual(['lib/a.ts:1 @scope/b/part is not a declared peer']);
    expect(checkPeers(files, ['@scope/b'])).toEqual(['lib/a.ts:2 c is not a declared peer']);
    expect(checkPeers(files, ['@scope/b', 'c'])).toEqual([]);
  });
});

describe('the lock file', () => {
  it('may not name a registry', () => {
    const packages = { 'node_modules/a': { resolved: 'https://registry.example/a.tgz' } };
    expect(checkLock({ packages })).toEqual([expect.stringContaining('remove its "resolved"')]);
  });

  it('may not leave out the packages of other platforms', () => {
    const offering = { 'node_modules/a': { optionalDependencies: { '@a/arm': '1.0.0' } } };
    const complete = { ...offering, 'node_modules/@a/arm': {} };
    expect(checkLock({ packages: offering })).toEqual([expect.stringContaining('@a/arm')]);
    expect(checkLock({ packages: complete })).toEqual([]);
  });
});
