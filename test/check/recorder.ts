import type { History, Operation } from './history.ts';
import { completed, unknown } from './history.ts';

/** An operation on its way. Its ending may be told once; without one it is unknown. */
export interface PendingOperation<Output> {
  /** The answer came. */
  returned(output: Output): void;
  /** The operation certainly had and will have no effect: it leaves the history. */
  hadNoEffect(): void;
}

/** A clock on which each event has a time of its own. For histories taken in one thread. */
export function eventCounter(): () => number {
  let events = 0;
  return () => {
    events += 1;
    return events;
  };
}

/** Writes down a history while it happens. */
export class HistoryRecorder<Input, Output> {
  readonly #now: () => number;
  readonly #operations = new Map<number, Operation<Input, Output>>();
  #calls = 0;

  constructor(now: () => number = eventCounter()) {
    this.#now = now;
  }

  /** To be called *before* the request leaves: a late call time would hide real concurrency. */
  call(process: string, input: Input): PendingOperation<Output> {
    const number = this.#calls;
    const calledAt = this.#now();
    this.#calls += 1;
    this.#operations.set(number, unknown(process, calledAt, input));
    return {
      returned: (output) => {
        this.#end(number);
        this.#operations.set(number, completed(process, calledAt, this.#now(), input, output));
      },
      hadNoEffect: () => {
        this.#end(number);
        this.#operations.delete(number);
      },
    };
  }

  /** All operations so far; those on their way are unknown. */
  history(): History<Input, Output> {
    return [...this.#operations.values()];
  }

  #end(number: number): void {
    if (this.#operations.get(number)?.kind === 'unknown') return;
    throw new Error(`operation ${number} has ended twice: the recorder is used wrongly`);
  }
}
