import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../scripts/bundle.mjs';

const run = promisify(execFile);
/** For machines that are busy with other tests; on an idle one it takes a quarter. */
const TIMEOUT_MS = 60_000;
let main: string;

beforeAll(async () => {
  const programs = ['image-server', 'front-end', 'main'];
  const paths = programs.map((program) =>
    bundle(`examples/social-network/${program}.ts`, { output: `social-network/${program}.js` }),
  );
  main = (await Promise.all(paths)).at(-1) ?? '';
});

function start(...options: readonly string[]) {
  const child = spawn(process.execPath, [main, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  return { child, ended: once(child, 'close').then(([code]) => ({ code, output })) };
}

describe('the social network', { timeout: TIMEOUT_MS }, () => {
  test.concurrent('loses no upload when servers come, die and go', async () => {
    const { code, output } = await start('--quick').ended;
    expect(code, output).toBe(0);
    expect(output.split('\n').filter((text) => text.startsWith('  held'))).toHaveLength(7);
  });

  test.concurrent('takes every process with it when it is killed itself', async () => {
    const { child, ended } = start('--quick');
    let children: number[] = [];
    while (children.length < 2) children = await childrenOf(child);
    child.kill('SIGKILL');
    await ended;
    while (children.some(isAlive)) await delay(50);
  });

  test.concurrent('refuses options that it does not know', async () => {
    const { code, output } = await start('--slow').ended;
    expect(code).toBe(2);
    expect(output).toContain('unknown option --slow');
  });
});

async function childrenOf({ pid }: ChildProcess): Promise<number[]> {
  await delay(50);
  const { stdout } = await run('pgrep', ['-P', `${pid}`]).catch(() => ({ stdout: '' }));
  return stdout.split('\n').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
