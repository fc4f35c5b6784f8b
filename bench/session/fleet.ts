import { sleep } from '../../lib/core/clock.ts';
import { Holdfast, type LockHold, type WaitingOptions } from '../../lib/index.ts';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import type { ClientClock } from '../../lib/testing/client-clock.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { VirtualClock } from '../../lib/testing/virtual-clock.ts';
import { DelayedStore } from '../common/delayed-store.ts';

const ROUND_TRIP_MS = 4.5;

interface Process {
  readonly holdfast: Holdfast;
  readonly store: DelayedStore;
  readonly clock: ClientClock;
}

/** Processes around one table, on virtual time, so that nothing but the library decides. */
export class Fleet {
  readonly clock = new VirtualClock();
  /** When each write was carried out, since the last look. */
  readonly #writesMs: number[] = [];
  readonly #table = new MemoryStore({ clock: this.clock });

  /** Starts a process that knows the table's time already. */
  async start(label: string): Promise<Process> {
    const clock = this.clock.clientClock();
    const store = new DelayedStore(this.#table, {
      roundTripMs: ROUND_TRIP_MS,
      wait: (delayMs) => sleep(clock, delayMs),
      nowMs: () => clock.monotonicMs(),
      onWrite: () => this.#writesMs.push(this.clock.monotonicMs()),
    });
    const holdfast = new Holdfast({ store, clock, label, random: new SeededRandom(label) });
    await this.clock.run(holdfast.lock('lock 0').holder());
    return { holdfast, store, clock };
  }

  /** Lets a process take all locks at once. */
  acquireAll(
    { holdfast }: Process,
    locks: number,
    options: WaitingOptions = {},
  ): Promise<LockHold[]> {
    const acquires = Array.from({ length: locks }, (_, index) =>
      holdfast.lock(`lock ${index}`).acquire(options),
    );
    return this.clock.run(Promise.all(acquires));
  }

  /** The times of the writes of the next so many milliseconds. */
  async writesWithin(durationMs: number): Promise<number[]> {
    this.#writesMs.length = 0;
    await this.clock.advance(durationMs);
    return [...this.#writesMs];
  }
}
