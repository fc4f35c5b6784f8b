import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Work } from './reader.ts';

/** Processes of this very program that follow a document, and what they tell. */
export class Fleet implements AsyncDisposable {
  readonly #children: ChildProcess[];
  readonly #heard = new Map<number, number[]>();
  #wake = () => {};

  constructor(processes: number, work: Work) {
    const [, program = ''] = process.argv;
    const args = [program, '--worker', JSON.stringify(work)];
    this.#children = Array.from({ length: processes }, () => {
      const env = { ...process.env, NODE_NO_WARNINGS: '1' };
      const stdio = ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit'];
      const child = spawn(process.execPath, args, { env, stdio });
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [version, atMs] = JSON.parse(line) as [number, number];
        this.#heard.set(version, [...(this.#heard.get(version) ?? []), atMs]);
        this.#wake();
      });
      return child;
    });
  }

  /** When each process had the version, by the wall clock that they share. */
  async have(version: number): Promise<readonly number[]> {
    for (;;) {
      const times = this.#heard.get(version) ?? [];
      if (times.length === this.#children.length) return times;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = this.#children.map(
      (child) => new Promise((resolve) => child.once('close', resolve)),
    );
    for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all(ends);
  }
}
