import { type ChildProcess, fork, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { machineMs } from './clock.ts';
import type { Journal } from './journal.ts';
import type { LedgerKeeper } from './ledger-keeper.ts';
import type { AppendRequest, Control, WorkerReport, WorkerSettings } from './messages.ts';

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));
const FINISH_WITHIN_MS = 10_000;

/** The worker processes: starts, tells, kills, stops and finishes them, and records it all. */
export class Crew {
  readonly #settings: Omit<WorkerSettings, 'name'>;
  readonly #journal: Journal;
  readonly #keeper: LedgerKeeper;
  readonly #alive = new Map<string, ChildProcess>();
  #guard: ChildProcess | undefined;
  #started = 0;
  #expectsExits = false;

  constructor(settings: Omit<WorkerSettings, 'name'>, journal: Journal, keeper: LedgerKeeper) {
    this.#settings = settings;
    this.#journal = journal;
    this.#keeper = keeper;
  }

  /** The names of the processes that run, the oldest first. */
  get names(): readonly string[] {
    return [...this.#alive.keys()];
  }

  /** Starts one more worker and returns its name. No name is used twice. */
  start(): string {
    this.#started += 1;
    const name = `w${this.#started}`;
    const child = fork(WORKER, [JSON.stringify({ ...this.#settings, name })], { execArgv: [] });
    this.#alive.set(name, child);
    child.on('message', (message) => this.#hear(name, message as WorkerReport | AppendRequest));
    child.on('exit', (code, signal) => this.#bury(name, `${signal ?? `code ${code}`}`));
    this.#journal.record({ kind: 'started', atMs: machineMs(), process: name });
    return name;
  }

  tell(name: string, control: Control): void {
    this.#alive.get(name)?.send(control, () => undefined);
  }

  /** SIGKILL: it gets no chance to give anything up. */
  kill(name: string): void {
    this.#journal.record({ kind: 'killed', atMs: machineMs(), process: name });
    const child = this.#alive.get(name);
    this.#alive.delete(name);
    child?.kill('SIGKILL');
  }

  /** SIGSTOP: it stands still, as in a long garbage collection, a suspend or a freeze. */
  stop(name: string): void {
    const child = this.#alive.get(name);
    child?.kill('SIGSTOP');
    this.#journal.record({ kind: 'stopped', atMs: machineMs(), process: name });
    if (child?.pid !== undefined) this.#guard = guardStopped(child.pid);
  }

  /** SIGCONT: it goes on where it was. */
  resume(name: string): void {
    this.#guard?.kill('SIGKILL');
    this.#journal.record({ kind: 'resumed', atMs: machineMs(), process: name });
    this.#alive.get(name)?.kill('SIGCONT');
  }

  /** Lets everybody give up what they hold and end. Kills who does not end in time. */
  async finish(): Promise<void> {
    this.#expectsExits = true;
    const children = [...this.#alive.values()];
    const exits = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    // One that still stands still, because the run broke off, could not hear it.
    this.#guard?.kill('SIGKILL');
    for (const child of children) child.kill('SIGCONT');
    for (const name of this.names) {
      this.#journal.record({ kind: 'asked-to-finish', atMs: machineMs(), process: name });
      this.tell(name, { kind: 'finish' });
    }
    const late = setTimeout(() => {
      for (const name of this.names) this.#fail(name, 'did not finish in time');
      this.killAll();
    }, FINISH_WITHIN_MS);
    await Promise.all(exits);
    clearTimeout(late);
  }

  /** At once, and without a record: for a main process that is ending itself. */
  killAll(): void {
    this.#expectsExits = true;
    for (const child of this.#alive.values()) child.kill('SIGKILL');
  }

  #hear(name: string, message: WorkerReport | AppendRequest): void {
    if (message.kind !== 'append') {
      this.#journal.record({ ...message, process: name });
      return;
    }
    const { request, token, line } = message;
    const answer = this.#keeper.append({ number: line, token, process: name });
    this.tell(name, { kind: 'append-answer', request, answer });
  }

  #bury(name: string, how: string): void {
    const wasKilled = !this.#alive.delete(name);
    if (!wasKilled && !this.#expectsExits) this.#fail(name, `ended by itself: ${how}`);
    this.#journal.record({ kind: 'exited', atMs: machineMs(), process: name });
  }

  #fail(process: string, message: string): void {
    this.#journal.record({ kind: 'failed', atMs: machineMs(), process, message });
  }
}

/**
 * Kills a process that stands still should we be gone before it goes on: it would not notice, and
 * stand there for ever. Our end closes the pipe that the guard reads.
 */
function guardStopped(pid: number): ChildProcess {
  const program = 'read -r _; kill -KILL "$0"';
  return spawn('sh', ['-c', program, `${pid}`], { stdio: ['pipe', 'ignore', 'ignore'] });
}
