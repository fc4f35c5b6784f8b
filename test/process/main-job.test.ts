import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
/** For machines that are busy with other tests; on an idle one the slowest takes a quarter. */
const TIMEOUT_MS = 60_000;
const FOLDER = resolve('.build/main-job');
const MAIN = `${FOLDER}/dist/examples/main-job/main.js`;

/** Builds as `npm run build` does, but aside: `dist/` may be in use. */
beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  // The program imports the library by its name, which the nearest package.json resolves.
  cpSync('package.json', `${FOLDER}/package.json`);
  const compiler = resolve('node_modules/typescript/bin/tsc');
  const options = ['-p', 'tsconfig.build.json', '--outDir', `${FOLDER}/dist`];
  await run(process.execPath, [compiler, ...options]).catch((failure: { stdout: string }) => {
    throw new Error(`The main job does not build:\n${failure.stdout}`);
  });
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once the output contains `text`. */
  untilOutput(text: string): Promise<void>;
}

function start(...options: readonly string[]): Started {
  const child = spawn(process.execPath, [MAIN, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
  const untilOutput = async (text: string) => {
    while (!output.includes(text)) await delay(20);
  };
  return { child, ended, untilOutput };
}

/** The verdict's claims, by whether they held. */
function claimsIn(output: string, mark: 'held' | 'BROKEN'): string[] {
  const lines = output.split('\n').map((line) => line.trim());
  return lines.flatMap((line) =>
    line.startsWith(`${mark} `) ? (line.split(/\s{2,}/)[1] ?? '') : [],
  );
}

describe('the main job', { timeout: TIMEOUT_MS }, () => {
  it.concurrent('survives kills and a stop, and says so', async () => {
    const { code, output } = await start('--quick', '--processes', '4').ended;
    expect({ code, broken: claimsIn(output, 'BROKEN') }, output).toEqual({ code: 0, broken: [] });
    expect(claimsIn(output, 'held')).toEqual([
      'the ledger has every acknowledged line, and no other',
      'no line is lost, doubled or out of order',
      'tokens grow with every grant, and so do terms',
      'one holder at a time',
      'a killed holder is replaced within 3 leases',
      'every process gets its turn',
      "the stopped holder's late write is refused, by the table and by the keeper",
      'the stopped holder is told that it has lost the lock, and why',
      'without the fence the ledger would be broken',
      'one leader at a time',
      'a killed leader is replaced within 3 leases',
      'the observer saw the leaders, in order',
      'no process failed by itself',
    ]);
  });

  it.concurrent('notices the damage of a late write when nothing is fenced', async () => {
    const { code, output } = await start('--quick', '--processes', '4', '--without-fence').ended;
    expect(code, output).toBe(1);
    expect(claimsIn(output, 'BROKEN'), output).toEqual([
      'no line is lost, doubled or out of order',
      "the stopped holder's late write is refused, by the table and by the keeper",
    ]);
  });
});

describe('the end of the main job', { timeout: TIMEOUT_MS }, () => {
  it.concurrent('takes every worker with it at Ctrl-C', async () => {
    const { child, ended } = start('--quick', '--processes', '4');
    const workers = await workersOf(child);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    await untilGone(workers);
  });

  it.concurrent.each([
    ['while they still start', undefined],
    ['while one stands still', 'SIGSTOP'],
  ])('takes every worker with it when it is killed itself, %s', async (_, sign) => {
    const { child, ended, untilOutput } = start('--quick', '--processes', '4');
    await workersOf(child);
    if (sign !== undefined) await untilOutput(sign);
    const workers = await childrenOf(child);
    child.kill('SIGKILL');
    await ended;
    await untilGone(workers);
  });

  it.concurrent('comes at once for wrong options, and says what is wrong', async () => {
    const { code, output } = await start('--endpoint', 'http://localhost:1').ended;
    expect(code).toBe(2);
    expect(output).toMatch(/^--endpoint needs --table\n/);
  });
});

/** The process ids of the workers, once all are there. */
async function workersOf(child: ChildProcess): Promise<number[]> {
  for (;;) {
    const workers = await childrenOf(child);
    if (workers.length === 4) return workers;
    await delay(50);
  }
}

async function childrenOf({ pid }: ChildProcess): Promise<number[]> {
  const { stdout } = await run('pgrep', ['-P', `${pid}`]).catch(() => ({ stdout: '' }));
  return stdout.split('\n').filter(Boolean).map(Number);
}

async function untilGone(workers: readonly number[]): Promise<void> {
  while (workers.some(isAlive)) await delay(50);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
