import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ServerReport, ServerSettings } from './limits.ts';

/** For machines that are busy with other things. */
export const PATIENCE_MS = 20_000;
const PROGRAM = fileURLToPath(new URL('./server.js', import.meta.url));

/** Servers in processes of their own, and what each has told. */
export class Fleet {
  readonly #children = new Map<string, ChildProcess>();
  readonly #reports = new Map<string, ServerReport[]>();
  readonly #onReport: (name: string, report: ServerReport) => void;
  #wake = () => {};

  constructor(onReport: (name: string, report: ServerReport) => void) {
    this.#onReport = onReport;
  }

  get names(): readonly string[] {
    return [...this.#children.keys()];
  }

  start(settings: ServerSettings): void {
    const { name } = settings;
    const child = fork(PROGRAM, [JSON.stringify(settings)]);
    this.#children.set(name, child);
    this.#reports.set(name, []);
    child.on('message', (message) => {
      const report = message as ServerReport;
      this.#reports.get(name)?.push(report);
      this.#onReport(name, report);
      this.#wake();
    });
    child.on('exit', () => this.#wake());
  }

  of(name: string): readonly ServerReport[] {
    return this.#reports.get(name) ?? [];
  }

  /** Which version a server runs; 0: it has not told of any. */
  versionOf(name: string): number {
    return this.of(name).findLast((report) => report.kind === 'runs')?.version ?? 0;
  }

  /** Which servers run a version. */
  running(version: number): readonly string[] {
    return this.names.filter((name) => this.versionOf(name) === version);
  }

  /** Waits until something is so of every server that is named. `false`: it did not come. */
  async until(
    isSo: (name: string) => boolean,
    names: readonly string[] = this.names,
    patienceMs = PATIENCE_MS,
  ): Promise<boolean> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#wake();
    }, patienceMs);
    while (!isLate && !names.every((name) => isSo(name) || this.#hasFailed(name))) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    clearTimeout(timer);
    return names.every(isSo);
  }

  /** Lets every server come to its end. */
  async finish(): Promise<void> {
    const running = [...this.#children.values()].filter((child) => child.exitCode === null);
    const ends = running.map((child) => once(child, 'exit'));
    for (const child of running) if (child.connected) child.send('finish');
    await Promise.all(ends);
  }

  killAll(): void {
    for (const child of this.#children.values()) child.kill('SIGKILL');
  }

  #hasFailed(name: string): boolean {
    const child = this.#children.get(name);
    const isGone = child?.exitCode !== null || child.signalCode !== null;
    return isGone || this.of(name).some(({ kind }) => kind === 'failed');
  }
}
