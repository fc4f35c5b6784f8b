import { checkName } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { type ArriveOptions, type BarrierOptions, checkArrival, checkParties } from './barrier.ts';
import type { BarrierRow } from './barrier-row.ts';
import { Meeting } from './meeting.ts';
import { sharedRow } from './shared-rows.ts';

/**
 * A barrier before a piece of work and another one after it: nobody begins before all are there,
 * and nobody goes before all are done. It is a barrier whose even generations are entrances and
 * whose odd ones are exits.
 *
 * Guarantees: those of {@link Barrier} for each of the two. Whoever gives up entering is outside
 * again; whoever gives up leaving is still inside, and may try again.
 */
export class DoubleBarrier {
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
      'double-barrier',
      name,
      (key, title) => new Meeting(runtime, title, key),
    );
  }

  /**
   * Comes, and waits until all parties are there. A party that is inside already, as after a
   * restart, is let through at once. One write; half a read unit for each look.
   *
   * @throws `not-a-party` when others are inside without the caller; and as `Barrier.arrive`
   */
  async enter(options: ArriveOptions): Promise<void> {
    const { id, ...wait } = checkArrival(options, this.#runtime);
    const standing = (row: BarrierRow) => {
      if (!isInside(row)) return 'may-come';
      return row.lastParties.has(id) ? 'met' : 'stranger';
    };
    await this.#meeting.attend({ id, declared: this.parties, standing }, wait);
  }

  /**
   * Waits until all parties are done. One write; half a read unit for each look.
   *
   * @throws `not-a-party` when the caller is not inside, or has left before; and as
   *   `Barrier.arrive`
   */
  async leave(options: ArriveOptions): Promise<void> {
    const { id, ...wait } = checkArrival(options, this.#runtime);
    const standing = (row: BarrierRow) =>
      isInside(row) && row.lastParties.has(id) ? 'may-come' : 'stranger';
    await this.#meeting.attend({ id, declared: this.parties, standing, isExit: true }, wait);
  }

  /**
   * Sends home all who wait, with `barrier-broken`, and begins anew with nobody inside. One read,
   * one write.
   */
  async reset(): Promise<void> {
    await this.#meeting.reset(this.parties, (generation) => generation + 2 - (generation % 2));
  }
}

/** Whether all have entered and not all have left. */
function isInside({ generation }: BarrierRow): boolean {
  return generation % 2 === 1;
}
