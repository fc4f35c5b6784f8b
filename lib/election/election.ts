import { runWith } from '../lease/hold.ts';
import type { OwnershipLine } from '../lease/line.ts';
import type { OwnershipRow } from '../lease/row.ts';
import { termsOf } from '../lease/terms.ts';
import { waitForLease } from '../lease/wait.ts';
import {
  checkValue,
  checkWaitingOptions,
  type ObserveOptions,
  type WaitingOptions,
} from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import type { Value } from '../store/value.ts';
import { type Leader, sightOf } from './leader.ts';
import { Leadership } from './leadership.ts';
import { observeLeaders } from './observer.ts';

/**
 * An election: of all processes that campaign, one at a time leads, and everybody can see which.
 *
 * Guarantees: terms only grow; a leader's {@link Leadership.signal} aborts before the next leader
 * can start, as long as the monotonic clock is off by less than 500 parts per million; candidates
 * follow in order of arrival; an observer never sees terms go back. A leader that was paused at
 * the wrong moment still believes in itself until it looks: its writes need {@link
 * Leadership.fence} or {@link Leadership.guard}.
 *
 * ```ts
 * await holdfast.election('indexer').lead('10.0.0.7:8080', async (leadership) => {
 *   while (!leadership.signal.aborted) await indexNextBatch(leadership);
 * });
 * ```
 */
export class Election {
  readonly name: string;
  readonly #runtime: Runtime;
  readonly #line: () => OwnershipLine;

  constructor(runtime: Runtime, name: string, line: () => OwnershipLine) {
    this.name = name;
    this.#runtime = runtime;
    this.#line = line;
  }

  /**
   * Waits until elected. `value` is what others are told of the leader, such as its address: a JSON
   * value of at most 512 bytes. Costs what acquiring a lock costs.
   *
   * @throws AcquireTimeoutError, the signal's reason, InvalidArgumentError, `table-missing`,
   *   `access-denied`, `store-unavailable`, `clock-unknown`, `closed`
   */
  async campaign(value: Value, options: WaitingOptions = {}): Promise<Leadership> {
    checkValue(value);
    checkWaitingOptions(options, this.#runtime.requestTimeoutMs);
    const terms = await termsOf(this.#runtime, options, value);
    const line = this.#line();
    const lease = await waitForLease(line, terms, options);
    return new Leadership(lease, line, value);
  }

  /**
   * Campaigns, runs `body` and resigns once the body has settled: the next leader never starts
   * while this one's work goes on, unless the lease is over. Returns what the body returns.
   *
   * @throws what the body throws; {@link LeaseLostError} when the body succeeded although the
   *   leadership was lost meanwhile; and as {@link campaign}
   */
  async lead<Result>(
    value: Value,
    body: (leadership: Leadership) => Promise<Result> | Result,
    options: WaitingOptions = {},
  ): Promise<Result> {
    return runWith(await this.campaign(value, options), body);
  }

  /** Who leads now, or `undefined` when nobody surely alive does. One consistent read. */
  async leader(): Promise<Leader | undefined> {
    return sightOf(await this.#read(), this.#runtime.tableClock.now()).leader;
  }

  /** The labels of those who wait to lead, in order of arrival. One consistent read. */
  async candidates(): Promise<readonly string[]> {
    return (await this.#read()).queue.map((entry) => entry.label);
  }

  /**
   * Follows the leaders: who leads now, then every change that it sees; `undefined` stands for
   * nobody. Ordered: terms and versions never go back. A leader who came and went between two
   * looks is skipped. Each look costs half a read unit. Ends when the signal aborts or the
   * instance closes.
   */
  observe(options: ObserveOptions = {}): AsyncIterable<Leader | undefined> {
    return observeLeaders(this.#runtime, this.#line(), options);
  }

  async #read(): Promise<OwnershipRow> {
    const reading = await this.#line().client.read(true);
    if (reading.kind === 'failed') throw errorOfFailure(`reading ${this.name}`, reading.failure);
    return reading.row;
  }
}
