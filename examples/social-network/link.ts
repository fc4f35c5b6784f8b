import { machineMs } from '../main-job/clock.ts';
import type { Control, Report, Settings } from './messages.ts';

/** A process's end of the line to the main process. */
export class Link {
  readonly settings: Settings = JSON.parse(process.argv[2] ?? '{}');
  readonly #handlers = new Map<Control['kind'], () => void>();

  constructor() {
    process.on('message', ({ kind }: Control) => this.#handlers.get(kind)?.());
    // No process outlives the main one, which may be gone already: the event is not repeated.
    process.on('disconnect', () => process.exit());
    if (!process.connected) process.exit();
    // Ctrl-C reaches the whole group; the main process decides how this one ends.
    process.on('SIGINT', () => undefined);
  }

  on(kind: Control['kind'], handler: () => void): void {
    this.#handlers.set(kind, handler);
  }

  report(report: Report): void {
    process.send?.({ ...report, atMs: machineMs() });
  }

  /** Says goodbye and ends the process. */
  leave(report: Report, code = 0): void {
    process.send?.({ ...report, atMs: machineMs() }, undefined, undefined, () =>
      process.exit(code),
    );
  }
}

/** Runs the program of a process; what it throws is told to the main process. */
export async function runProgram(program: (link: Link) => Promise<void>): Promise<void> {
  const link = new Link();
  try {
    await program(link);
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    link.leave({ kind: 'failed', message }, 1);
  }
}
