import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-scripts-'));
  mkdirSync(join(folder, 'scripts'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Runs one of our scripts in a repository of its own. */
function runScript(name: string, files: Record<string, string>, event = '', argument = '') {
  cpSync(`scripts/${name}`, join(folder, 'scripts', name));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  const env = { ...process.env, npm_lifecycle_event: event };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join('scripts', name), argument],
    { cwd: folder, env, encoding: 'utf8' },
  );
  return { status, output: stdout + stderr };
}

describe('the release guard', () => {
  function releasing(changelog: string, event: string) {
    const files = { 'CHANGELOG.md': changelog, 'package.json': '{ "version": "1.2.0" }' };
    return runScript('check-release.mjs', files, event);
  }

  it.each(['preversion', 'prepublishOnly'])('refuses pending notes before %s', (event) => {
    const changelog =
      '# Changelog\n\n## Unreleased\n\n- **fix**: a\n\n## 1.2.0 (2026-01-01)\n\n- b\n';
    expect(releasing(changelog, event)).toEqual({
      status: 1,
      output: expect.stringContaining('notes under "Unreleased"'),
    });
  });

  it('refuses to publish a version without notes', () => {
    const changelog = '# Changelog\n\n## Unreleased\n\n## 1.1.0 (2026-01-01)\n\n- a\n';
    expect(releasing(changelog, 'prepublishOnly')).toEqual({
      status: 1,
      output: expect.stringContaining('says nothing about 1.2.0'),
    });
  });

  it.each(['preversion', 'prepublishOnly'])('lets a described version pass %s', (event) => {
    const changelog = '# Changelog\n\n## Unreleased\n\n## 1.2.0 (2026-01-01)\n\n- a\n';
    expect(releasing(changelog, event)).toEqual({ status: 0, output: '' });
  });
});

describe('the counts of a build', () => {
  function counting(report: object) {
    const files = { 'report.json': JSON.stringify({ testResults: [], ...report }) };
    return runScript('report-counts.mjs', files, '', 'report.json');
  }

  it('end with passed and failed tests', () => {
    const report = { success: true, numPassedTests: 7, numFailedTests: 0 };
    expect(counting(report)).toEqual({ status: 0, output: '7 passed, 0 failed\n' });
  });

  it.each([
    ['a test failed', { success: false, numPassedTests: 7, numFailedTests: 1 }],
    ['a file did not load', { success: false, numPassedTests: 7, numFailedTests: 0 }],
    ['no test ran', { success: true, numPassedTests: 0, numFailedTests: 0 }],
  ])('fail the build when %s', (_, report) => {
    expect(counting(report).status).toBe(1);
  });

  it('fail the build when there is no report', () => {
    expect(runScript('report-counts.mjs', {}, '', 'report.json')).toEqual({
      status: 1,
      output: expect.stringMatching(/none ran\.\n0 passed, 0 failed\n$/),
    });
  });
});
