import { execFile } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { bundle } from '../../scripts/bundle.mjs';
import { bundlePlanted } from '../planted/load.ts';
import type { MutantName } from '../planted/mutants.ts';

async function play(bug?: MutantName): Promise<string> {
  const library = await bundlePlanted('test/planted/surface.ts', 'planted', bug);
  const program = await bundle('test/process/local-stop-program.ts');
  return new Promise((resolve) => {
    execFile(process.execPath, [program, library], (error, stdout) => {
      resolve(error === null ? stdout.trim() : error.message);
    });
  });
}

describe('a local table that is stopped while it is at work', () => {
  test('ends its work first', async () => {
    expect(await play()).toBe('stopped');
  });

  test('takes its process with it when it does not', async () => {
    expect(await play('local-table-stops-at-work')).toContain('Database is closed');
  });
});
