import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { bundle } from '../../../scripts/bundle.mjs';

const run = promisify(execFile);

/** For machines that are busy with other tests; on an idle one the slowest takes a quarter. */
export const SCENE_TIMEOUT_MS = 60_000;

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  /** The verdict's claims. */
  readonly held: readonly string[];
  readonly broken: readonly string[];
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once the output contains `text`. */
  untilOutput(text: string): Promise<void>;
}

/** Makes the programs of an example's folder, aside from `dist/`, which may be in use. */
export async function buildScene(name: string, programs: readonly string[]): Promise<void> {
  await Promise.all(
    ['main', ...programs].map((program) =>
      bundle(`examples/${name}/${program}.ts`, { output: `examples/${name}/${program}.js` }),
    ),
  );
}

/** Starts a scene that was built. */
export function startScene(name: string, ...options: readonly string[]): Started {
  const program = `.build/examples/${name}/main.js`;
  const child = spawn(process.execPath, [program, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  const ended = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    output,
    held: claimsIn(output, 'held'),
    broken: claimsIn(output, 'BROKEN'),
  }));
  const untilOutput = async (text: string) => {
    while (!output.includes(text)) await delay(20);
  };
  return { child, ended, untilOutput };
}

function claimsIn(output: string, mark: 'held' | 'BROKEN'): string[] {
  const lines = output.split('\n').map((line) => line.trim());
  return lines.flatMap((line) =>
    line.startsWith(`${mark} `) ? (line.split(/\s{2,}/)[1] ?? '') : [],
  );
}

/** The process ids of a scene's own processes, once there are that many. */
export async function childrenOnce(child: ChildProcess, count: number): Promise<number[]> {
  for (;;) {
    const children = await childrenOf(child);
    if (children.length >= count) return children;
    await delay(50);
  }
}

export async function childrenOf({ pid }: ChildProcess): Promise<number[]> {
  const { stdout } = await run('pgrep', ['-P', `${pid}`]).catch(() => ({ stdout: '' }));
  return stdout.split('\n').filter(Boolean).map(Number);
}

export async function untilGone(processes: readonly number[]): Promise<void> {
  while (processes.some(isAlive)) await delay(50);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
