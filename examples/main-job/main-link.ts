import { machineMs } from './clock.ts';
import type { Answer, AppendRequest, Control, Point, WorkerReport } from './messages.ts';

type WithoutTime<Report> = Report extends unknown ? Omit<Report, 'atMs'> : never;

/** A worker's end of the line to the main process. */
export class MainLink {
  readonly #finishing = new AbortController();
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #requests = 0;
  #standAt: Point | undefined;
  #goOn: (() => void) | undefined;
  #resign: (() => void) | undefined;

  constructor() {
    process.on('message', (message) => this.#obey(message as Control));
    // Whatever became of the main process, no worker outlives it. It may be gone already: loading
    // this program takes time, and the event is not repeated for those who listen late.
    process.on('disconnect', () => process.exit());
    if (!process.connected) process.exit();
    // Ctrl-C reaches the whole group; the main process decides how this one ends.
    process.on('SIGINT', () => undefined);
  }

  /** Aborts when the main process asks to finish. */
  get finishing(): AbortSignal {
    return this.#finishing.signal;
  }

  report(report: WithoutTime<WorkerReport>, atMs = machineMs()): void {
    this.#send({ ...report, atMs });
  }

  /** Says goodbye and ends the process. */
  leave(report: WithoutTime<WorkerReport>): void {
    process.send?.({ ...report, atMs: machineMs() }, undefined, undefined, () =>
      process.disconnect(),
    );
  }

  /** Asks the keeper of the ledger to append a line. */
  append(token: number, line: number): Promise<Answer> {
    this.#requests += 1;
    const request = this.#requests;
    return new Promise((resolve) => {
      this.#waiting.set(request, resolve);
      this.#send({ kind: 'append', request, token, line });
    });
  }

  /** Goes on at once, unless told to stand still here: then says so and waits for the word. */
  async passPoint(point: Point, token: number, line: number): Promise<void> {
    if (this.#standAt !== point) return;
    this.#standAt = undefined;
    this.report({ kind: 'at-point', token, point, line });
    await new Promise<void>((resolve) => {
      this.#goOn = resolve;
    });
  }

  /** Calls `resign` if the main process asks for that, until replaced. */
  onResign(resign: (() => void) | undefined): void {
    this.#resign = resign;
  }

  #send(message: WorkerReport | AppendRequest): void {
    process.send?.(message);
  }

  #obey(control: Control): void {
    switch (control.kind) {
      case 'append-answer':
        this.#waiting.get(control.request)?.(control.answer);
        this.#waiting.delete(control.request);
        return;
      case 'stand-at':
        this.#standAt = control.point;
        return;
      case 'go-on':
        this.#goOn?.();
        return;
      case 'resign':
        this.#resign?.();
        return;
      case 'finish':
        this.#finishing.abort();
    }
  }
}
