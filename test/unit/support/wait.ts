import type { LockHold } from '../../../lib/index.ts';

/** A call of `acquire` or `campaign` under way, and what came of it. */
export class Wait<Grant = LockHold> {
  /** The hold, once granted. */
  hold: Grant | undefined;
  /** What the call ended with instead. */
  error: unknown;
  readonly #abort = new AbortController();

  constructor(start: (signal: AbortSignal) => Promise<Grant>) {
    start(this.#abort.signal).then(
      (hold) => {
        this.hold = hold;
      },
      (error: unknown) => {
        this.error = error;
      },
    );
  }

  get isOver(): boolean {
    return this.hold !== undefined || this.error !== undefined;
  }

  /** The caller gives up. */
  abort(): void {
    this.#abort.abort(new Error('the caller gave up'));
  }
}
