import { sleep } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import { HoldfastError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import type { StoreFailure } from '../store/store.ts';

/** How often a table may answer without saying what time it is. */
const CLOCKLESS_MAX = 8;
/** Refusals in a row before the next write waits: each may teach something, but not for ever. */
const REFUSALS_AT_SPEED = 3;
/** The mean wait after a refusal, once they wait: a bound in time is one in refusals. */
const MS_PER_REFUSAL = 400;

/** How a pursuit slows down while its requests do not get it further, and when it gives up. */
export class Patience {
  readonly #runtime: Runtime;
  readonly #name: string;
  readonly #signal: AbortSignal;
  readonly #unavailableMaxMs: number;
  #refusals = 0;
  #clockless = 0;
  #failures = 0;
  #failingSinceMs: number | undefined;

  constructor(runtime: Runtime, name: string, signal: AbortSignal, unavailableMaxMs: number) {
    this.#runtime = runtime;
    this.#name = name;
    this.#signal = signal;
    this.#unavailableMaxMs = unavailableMaxMs;
  }

  /** A request did what it was sent for. */
  progress(): void {
    this.#refusals = 0;
    this.answered();
  }

  /** The table answered, whatever it said. */
  answered(): void {
    this.#failures = 0;
    this.#failingSinceMs = undefined;
  }

  /** Somebody else was faster, or a transaction is at work on the row. */
  async refusal(): Promise<void> {
    this.answered();
    this.#refusals += 1;
    // A row that refuses everything, as under a transaction that nobody ends, is reported.
    const refusalsMax = this.#unavailableMaxMs / MS_PER_REFUSAL;
    if (this.#refusals > refusalsMax) {
      const message = `${this.#name}: its row refused ${this.#refusals} writes in a row`;
      throw new HoldfastError('store-unavailable', message);
    }
    if (this.#refusals > REFUSALS_AT_SPEED) await this.#pause(this.#refusals);
  }

  /** No answer, or one that says nothing of the row. Throws what waiting cannot mend. */
  async failure(failure: StoreFailure): Promise<void> {
    const nowMs = this.#runtime.clock.monotonicMs();
    this.#failingSinceMs ??= nowMs;
    const isOver = nowMs - this.#failingSinceMs > this.#unavailableMaxMs;
    if (isOver || !failure.retryable) throw errorOfFailure(`acquiring ${this.#name}`, failure);
    this.#failures += 1;
    await this.#pause(this.#failures);
  }

  /** Nothing is known of the row, and without the table's time nothing safe can be proposed. */
  async clocklessness(): Promise<void> {
    this.#clockless += 1;
    if (this.#clockless > CLOCKLESS_MAX) {
      throw new HoldfastError(
        'clock-unknown',
        `${this.#name}: no answer of table ${this.#runtime.store.table} carries a usable ` +
          'Date header; expected one from every DynamoDB endpoint. Is a proxy in between?',
      );
    }
    // The first time is the usual one: a process that has not talked to the table before.
    if (this.#clockless > 1) await this.#pause(this.#clockless);
  }

  #pause(number: number): Promise<void> {
    const { clock, random } = this.#runtime;
    return sleep(clock, backoffMs(random, number), this.#signal);
  }
}
