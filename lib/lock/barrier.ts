import { InvalidArgumentError } from '../errors.ts';
import { checkName, checkWaitingOptions } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { checkId, type MeetingWaitOptions, PARTIES_MAX } from './latch.ts';
import { Meeting } from './meeting.ts';
import { checkCount } from './semaphore-options.ts';
import { sharedRow } from './shared-rows.ts';

/** How many meet at a barrier. */
export interface BarrierOptions {
  /** A whole number, 2 to 256. Every process must declare the same. */
  readonly parties: number;
}

/** Who comes, and how long it waits for the others. */
export interface ArriveOptions extends MeetingWaitOptions {
  /**
   * Names the party, 1 to 64 characters. The same after a restart: a party that died while it
   * waited then takes up its own place, instead of being counted twice.
   */
  readonly id: string;
}

/**
 * A place where a fixed number of parties wait for each other, again and again.
 *
 * Guarantees: a generation opens once that many different parties have come to it and none of them
 * has gone; then all of them pass, or learn that they did, and the next one begins in the same
 * write. Whoever gives up, by its timeout or signal, is counted out again in the table before its
 * call ends; if the meeting took place meanwhile, the call succeeds instead, and if the table
 * cannot be reached, it throws `store-unavailable`: it may count still. A party that *dies* while
 * it waits still counts: it has come.
 */
export class Barrier {
  readonly name: string;
  readonly parties: number;
  readonly #runtime: Runtime;
  readonly #meeting: Meeting;

  /** @throws InvalidArgumentError. Sends nothing. */
  constructor(runtime: Runtime, name: string, options: BarrierOptions) {
    checkName(name);
    this.name = name;
    this.parties = checkParties(options);
    this.#runtime = runtime;
    this.#meeting = sharedRow(
      runtime,
      'barrier',
      name,
      (key, title) => new Meeting(runtime, title, key),
    );
  }

  /**
   * Comes, and waits until all parties have. Returns the generation, a number that grows. One
   * write to come, half a read unit for each look; the last to come writes once and waits for
   * nothing.
   *
   * @throws AcquireTimeoutError, the signal's reason, `barrier-broken` after a {@link reset},
   *   `count-mismatch`, and as `Lock.acquire`
   */
  async arrive(options: ArriveOptions): Promise<number> {
    const { id, ...wait } = checkArrival(options, this.#runtime);
    const standing = () => 'may-come' as const;
    return this.#meeting.attend({ id, declared: this.parties, standing }, wait);
  }

  /** How many have come and wait. One consistent read. */
  async waiting(): Promise<number> {
    const row = await this.#meeting.read();
    return row.exists ? row.declared - row.left : 0;
  }

  /**
   * Sends home all who wait, with `barrier-broken`, and begins anew. For a meeting that will never
   * take place, as after a crash of a party that does not come back. One read, one write.
   */
  async reset(): Promise<void> {
    await this.#meeting.reset(this.parties, (generation) => generation + 1);
  }
}

/** @throws InvalidArgumentError */
export function checkParties(options: BarrierOptions): number {
  const parties = checkCount('parties', options?.parties, PARTIES_MAX);
  if (parties > 1) return parties;
  throw new InvalidArgumentError('parties', `a whole number from 2 to ${PARTIES_MAX}`, parties);
}

/** @throws InvalidArgumentError */
export function checkArrival(options: ArriveOptions, runtime: Runtime) {
  const { id, ...wait } = options;
  checkWaitingOptions(wait, runtime.requestTimeoutMs);
  return { id: checkId(id), timeoutMs: wait.timeoutMs, signal: wait.signal };
}
