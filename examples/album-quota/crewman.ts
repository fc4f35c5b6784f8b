import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { MoverReport, Settings } from './settings.ts';

/** What the scene has seen. */
export interface Tally {
  moved: number;
  killed: number;
  unsure: number;
  audits: number;
  /** Sums that an audit found, other than the right one. */
  readonly wrongSums: number[];
}

/** A process that moves quota, and the one that takes its place. */
export class Crewman {
  readonly #number: number;
  readonly #settings: Settings;
  readonly #tally: Tally;
  #child: ChildProcess;
  #onMoving: ((transaction: string) => void) | undefined;

  constructor(number: number, settings: Settings, tally: Tally) {
    this.#number = number;
    this.#settings = settings;
    this.#tally = tally;
    this.#child = this.#fork();
  }

  start(): void {
    this.#child = this.#fork();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Kills it while a transaction is under way, and says which. */
  async killWithin(): Promise<string> {
    const transaction = await new Promise<string>((resolve) => {
      this.#onMoving = resolve;
    });
    this.#onMoving = undefined;
    // Some way into the commit: another part of it each time.
    await delay(2 + 4 * this.#number);
    const exit = once(this.#child, 'exit');
    this.kill();
    await exit;
    return transaction;
  }

  async end(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.send('end');
    await exit;
  }

  #fork(): ChildProcess {
    const program = fileURLToPath(new URL('./mover.js', import.meta.url));
    const child = fork(program, [JSON.stringify(this.#settings)]);
    child.on('message', (report: MoverReport) => {
      if (report.kind === 'moving') this.#onMoving?.(report.name);
      if (report.kind === 'moved') this.#tally.moved += 1;
      if (report.kind === 'unsure') this.#tally.unsure += 1;
    });
    return child;
  }
}
