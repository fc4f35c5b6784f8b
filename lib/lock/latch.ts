import { HoldfastError, InvalidArgumentError } from '../errors.ts';
import { insist, type Move, type Sight } from '../lease/insist.ts';
import { RecordClient } from '../lease/record-client.ts';
import { checkName, checkWaitingOptions } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import { countDown, createLatch, type LatchRow, parseLatchRow } from './latch-row.ts';
import { pollUntil } from './poll.ts';
import { checkCount } from './semaphore-options.ts';
import { sharedRow } from './shared-rows.ts';

/** How many counts open a latch. */
export interface LatchOptions {
  /** A whole number, 1 to 256. Every process must declare the same. */
  readonly count: number;
}

/** How long to wait for others. */
export interface MeetingWaitOptions {
  /** In milliseconds. @default without limit */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait, with its own reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What a count came to. */
export interface CountDownResult {
  /**
   * Whether it was counted now; `false`: that id had counted before, or the latch was open. Where
   * a request goes unanswered, each of two callers of one id may be told that it was his.
   */
  readonly counted: boolean;
  /** How many counts are still to come. */
  readonly remaining: number;
}

/** More and a row costs more than a handful of units to write. */
export const PARTIES_MAX = 256;
const ID_LENGTH_MAX = 64;

/**
 * Opens once, for good, after a number of counts: "wait until all parts are done".
 *
 * Guarantees: each id counts once, however often its request arrives; whoever has seen the latch
 * open is not wrong, however old what it saw. An open latch stays open, and is forgotten 30 days
 * after its last count; so is one that never opened. Use another name for another time.
 */
export class Latch {
  readonly name: string;
  readonly count: number;
  readonly #runtime: Runtime;
  readonly #client: RecordClient<LatchRow>;
  readonly #title: string;

  /** @throws InvalidArgumentError. Sends nothing. */
  constructor(runtime: Runtime, name: string, options: LatchOptions) {
    checkName(name);
    this.name = name;
    this.count = checkCount('count', options?.count, PARTIES_MAX);
    this.#runtime = runtime;
    this.#title = `latch '${name}'`;
    this.#client = sharedRow(runtime, 'latch', name, (key) => ({
      client: new RecordClient(runtime, key, parseLatchRow),
      isIdle: true,
      close: async () => ({ released: 0, unreleased: [] }),
    })).client;
  }

  /**
   * Counts down, once for each id: name the part that is done, and a repetition of it after a crash
   * counts no more. One request, one write unit while the row is below 1 KB, about 25 ids.
   *
   * @param id 1 to 64 characters. @default unique for the call
   * @throws `count-mismatch`, InvalidArgumentError, and as `Lock.tryAcquire`
   */
  async countDown(id: string = this.#runtime.random.id()): Promise<CountDownResult> {
    const party = checkId(id);
    return insist(this.#runtime, this.#client, this.#title, (sight) => this.#next(sight, party));
  }

  /**
   * Waits until the latch is open. Half a read unit for each look.
   *
   * @throws AcquireTimeoutError, the signal's reason, `count-mismatch`, and as `Lock.acquire`
   */
  async wait(options: MeetingWaitOptions = {}): Promise<void> {
    checkWaitingOptions(options, this.#runtime.requestTimeoutMs);
    const { timeoutMs, signal } = options;
    const isOpen = (row: LatchRow) => {
      if (row.exists && row.declared !== this.count) throw this.#mismatch(row);
      return row.exists && row.left === 0 ? true : undefined;
    };
    await pollUntil(this.#runtime, this.#client, this.#title, isOpen, { timeoutMs, signal });
  }

  /** How many counts are still to come. One consistent read. */
  async remaining(): Promise<number> {
    const reading = await this.#client.read(true);
    if (reading.kind === 'failed') throw errorOfFailure(`reading ${this.#title}`, reading.failure);
    return reading.row.exists ? reading.row.left : this.count;
  }

  #next(sight: Sight<LatchRow>, id: string): Move<CountDownResult> {
    const { row, isFresh, isApplied, isUnsure } = sight;
    const { key } = this.#client;
    const time = this.#client.time();
    if (row !== undefined && isFresh) {
      if (isApplied) return { kind: 'done', result: { counted: true, remaining: row.left } };
      if (!row.exists) {
        return { kind: 'write', request: createLatch(key, id, this.count, time) };
      }
      if (row.declared !== this.count) return { kind: 'refuse', error: this.#mismatch(row) };
      // There without an answer: by our own request, if one went unanswered.
      const isOurs = isUnsure && row.parties.has(id);
      if (row.parties.has(id) || row.left === 0) {
        return { kind: 'done', result: { counted: isOurs, remaining: row.left } };
      }
    }
    // Unanswered: look first, because the row tells whether it was counted.
    if (isUnsure && !isFresh) return { kind: 'read' };
    return { kind: 'write', request: countDown(key, id, this.count, time) };
  }

  #mismatch(row: LatchRow): HoldfastError {
    const message = `${this.#title}: declared with ${row.declared}, not with ${this.count}`;
    return new HoldfastError('count-mismatch', message);
  }
}

/** @throws InvalidArgumentError */
export function checkId(id: unknown): string {
  // Names that a map may not have are those that JavaScript's objects have already.
  const isText = typeof id === 'string' && id.length > 0 && id.length <= ID_LENGTH_MAX;
  if (isText && !(id in {})) return id;
  throw new InvalidArgumentError('id', `a string of 1 to ${ID_LENGTH_MAX} characters`, id);
}
