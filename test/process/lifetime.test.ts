import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { bundle } from '../../scripts/bundle.mjs';
import { bundlePlanted } from '../planted/load.ts';
import type { MutantName } from '../planted/mutants.ts';

/** How long a program that has nothing to do may take to end on a busy machine. */
const PATIENCE_MS = 20_000;
/** For which time one that does not end is watched. */
const WATCH_MS = 2_000;

interface Ending {
  readonly output: string;
  /** The exit code, or `alive`: it went on, and was killed. */
  readonly end: number | 'alive' | null;
}

async function play(role: 'holds' | 'waits', watchMs: number, bug?: MutantName): Promise<Ending> {
  const library = await bundlePlanted('test/planted/surface.ts', 'planted', bug);
  const program = await bundle('test/process/lifetime-program.ts');
  const child = spawn(process.execPath, [program, library, role]);
  const closed = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  // Time counts from when the program has come to its end.
  await Promise.race([closed, once(child.stdout, 'data')]);
  const end = await Promise.race([
    closed.then(([code]) => code),
    delay(watchMs, 'alive', { ref: false }),
  ]);
  if (end === 'alive') child.kill('SIGKILL');
  await closed;
  return { output: output.trim(), end };
}

describe('a program that ends with a lock in its hands', () => {
  test('ends by itself', async () => {
    expect(await play('holds', PATIENCE_MS)).toEqual({ output: 'held', end: 0 });
  });

  test('goes on for ever with a heartbeat that keeps it alive', async () => {
    const ending = await play('holds', WATCH_MS, 'heartbeat-keeps-process-alive');
    expect(ending).toEqual({ output: 'held', end: 'alive' });
  });
});

describe('a program that waits for a lock', () => {
  test('lives until it has it', async () => {
    expect(await play('waits', PATIENCE_MS)).toEqual({ output: 'held', end: 0 });
  });

  test('ends in the middle of the wait when nothing keeps it alive', async () => {
    const ending = await play('waits', PATIENCE_MS, 'wait-does-not-keep-process-alive');
    expect(ending.output).not.toContain('held');
    expect(ending.end).toBe(13);
  });
});
