import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machineMs } from '../main-job/clock.ts';
import type { Control, Report, SceneEvent, Settings, TimedReport } from './messages.ts';

type Role = 'image-server' | 'front-end';

const PROGRAMS: Readonly<Record<Role, string>> = {
  'image-server': fileURLToPath(new URL('./image-server.js', import.meta.url)),
  'front-end': fileURLToPath(new URL('./front-end.js', import.meta.url)),
};

/** The processes of the scene: starts, tells and kills them, and records what happens. */
export class Crew {
  readonly events: SceneEvent[] = [];
  readonly #settings: Omit<Settings, 'name' | 'disk'>;
  readonly #folder: string;
  readonly #onEvent: (event: SceneEvent) => void;
  readonly #alive = new Map<string, ChildProcess>();
  readonly #expectedToEnd = new Set<string>();
  #waiting: (() => void)[] = [];

  constructor(
    settings: Omit<Settings, 'name' | 'disk'>,
    folder: string,
    onEvent: (event: SceneEvent) => void,
  ) {
    this.#settings = settings;
    this.#folder = folder;
    this.#onEvent = onEvent;
  }

  disk(name: string): string {
    return join(this.#folder, name);
  }

  start(role: Role, name: string): void {
    const settings: Settings = { ...this.#settings, name, disk: this.disk(name) };
    const child = fork(PROGRAMS[role], [JSON.stringify(settings)], { execArgv: [] });
    this.#alive.set(name, child);
    child.on('message', (report: TimedReport) => this.#record(name, report, report.atMs));
    child.on('exit', (code, signal) => this.#bury(name, code, signal));
    this.#record(name, { kind: 'started', role });
  }

  tell(name: string, control: Control): void {
    this.#expectedToEnd.add(name);
    if (control.kind === 'drain') this.#record(name, { kind: 'asked-to-drain' });
    this.#alive.get(name)?.send(control, () => undefined);
  }

  /** SIGKILL: it gets no chance to say goodbye. */
  kill(name: string): void {
    this.#expectedToEnd.add(name);
    this.#record(name, { kind: 'killed' });
    this.#alive.get(name)?.kill('SIGKILL');
  }

  /** Resolves with whether there was such an event in time, before or after this call. */
  async until(
    isIt: (events: readonly SceneEvent[]) => boolean,
    withinMs: number,
  ): Promise<boolean> {
    const deadlineMs = machineMs() + withinMs;
    while (!isIt(this.events)) {
      const leftMs = deadlineMs - machineMs();
      if (leftMs <= 0) return false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return true;
  }

  /** At once: for a main process that is ending itself. */
  killAll(): void {
    for (const [name, child] of this.#alive) {
      this.#expectedToEnd.add(name);
      child.kill('SIGKILL');
    }
  }

  #bury(name: string, code: number | null, signal: string | null): void {
    this.#alive.delete(name);
    if (!this.#expectedToEnd.has(name)) {
      this.#record(name, { kind: 'failed', message: `ended by itself: ${signal ?? code}` });
    }
    this.#record(name, { kind: 'exited', code });
  }

  #record(process: string, report: Report, atMs = machineMs()): void {
    const event = { ...report, atMs, process } as SceneEvent;
    this.events.push(event);
    this.#onEvent(event);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
