import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ResultOf } from './jobs.ts';
import type { ProofJob } from './plan.ts';
import type { Delivery } from './worker.ts';

/** One job that is done, with the commit that it was run at. */
export interface Entry extends Delivery<ResultOf<ProofJob>> {
  readonly commit: string;
  readonly date: string;
}

/**
 * Every job that is done, one a line, written as soon as it is: a proof takes longer than a machine
 * may be idle, and goes on where it was stopped.
 */
export class Journal {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
  }

  entries(): readonly Entry[] {
    if (!existsSync(this.#path)) return [];
    const lines = readFileSync(this.#path, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Entry);
  }

  add(entry: Entry): void {
    appendFileSync(this.#path, `${JSON.stringify(entry)}\n`);
  }

  clear(): void {
    rmSync(this.#path, { force: true });
  }
}

/** Jobs that failed are done again: by then the reason should be gone. */
export function withoutFailures(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ result }) => result.failures.length === 0);
}

/** The jobs that no entry is about. */
export function jobsLeft(
  jobs: readonly ProofJob[],
  entries: readonly Entry[],
): readonly ProofJob[] {
  const done = new Set(entries.map(({ result }) => JSON.stringify(result.job)));
  return jobs.filter((job) => !done.has(JSON.stringify(job)));
}
