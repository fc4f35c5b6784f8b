import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Work } from './worker.ts';

/** What several processes were given. */
export interface Yield {
  /** In rising order. */
  readonly given: BigInt64Array;
  readonly requests: number;
  readonly elapsedMs: number;
}

/** Lets so many processes of this very program do the same work at once. */
export async function runCrew(
  processes: number,
  work: Omit<Work, 'file'>,
  nowMs: () => number,
): Promise<Yield> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const startedMs = nowMs();
  try {
    const files = Array.from({ length: processes }, (_, index) => join(folder, `${index}`));
    const requests = await Promise.all(files.map((file) => runProcess({ ...work, file })));
    const elapsedMs = nowMs() - startedMs;
    const given = new BigInt64Array(processes * work.count);
    for (const [index, file] of files.entries()) {
      const bytes = readFileSync(file);
      const part = new BigInt64Array(bytes.buffer, bytes.byteOffset, work.count);
      given.set(part, index * work.count);
    }
    return { given: given.sort(), requests: requests.reduce((a, b) => a + b, 0), elapsedMs };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function startWorker(work: Work) {
  const [, program = ''] = process.argv;
  const options = { stdio: ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit'] };
  return spawn(process.execPath, [program, '--worker', JSON.stringify(work)], options);
}

/** Equal neighbours. */
export function duplicatesIn(sorted: BigInt64Array): number {
  let duplicates = 0;
  for (let index = 1; index < sorted.length; index += 1) {
    if (sorted[index] === sorted[index - 1]) duplicates += 1;
  }
  return duplicates;
}

async function runProcess(work: Work): Promise<number> {
  const child = startWorker(work);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`a worker ended with ${code}`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '{}').requests;
}
