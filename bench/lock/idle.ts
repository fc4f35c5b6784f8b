import { sleep } from '../../lib/core/clock.ts';
import { Holdfast } from '../../lib/holdfast.ts';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import type { ObservedRequest } from '../../lib/store/request-observer.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { VirtualClock } from '../../lib/testing/virtual-clock.ts';
import { DelayedStore } from '../common/delayed-store.ts';
import type { Figure, Section } from '../common/report.ts';
import { LOCK, ROUND_TRIP_MS } from './contestants.ts';

const HOLD_MS = 60_000;
const WAITERS = 10;
const PLACES = [0, 1, 9];

/** What it costs to stand in a line that does not move. */
export const idle: Section = {
  name: 'idle',
  async run() {
    const clock = new VirtualClock();
    let observed: ObservedRequest[] = [];
    const onRequest = (request: ObservedRequest) => observed.push(request);
    const table = new MemoryStore({ clock, onRequest });
    const all = Array.from({ length: WAITERS + 1 }, (_, number) => {
      const store = new DelayedStore(table, {
        roundTripMs: ROUND_TRIP_MS,
        wait: (delayMs) => sleep(clock, delayMs),
        nowMs: () => clock.monotonicMs(),
      });
      return { store, holdfast: new Holdfast({ store, clock, random: new SeededRandom(number) }) };
    });
    const [holder, ...waiters] = all;
    if (holder === undefined) throw new Error('expected a holder');
    await clock.run(holder.holdfast.lock(LOCK).acquire());
    for (const { holdfast } of waiters) {
      // Ends with the instance's close; nobody waits for it.
      void holdfast
        .lock(LOCK)
        .acquire()
        .catch(() => undefined);
      await clock.advance(10 * ROUND_TRIP_MS);
    }
    const joinedMs = clock.monotonicMs();
    for (const { store } of waiters) store.reads = 0;
    observed = [];
    await clock.advance(HOLD_MS);
    const units = observed.reduce(
      (total, { operation, capacityUnits = Number.NaN }) =>
        operation === 'get' ? total + capacityUnits : total,
      0,
    );
    const figures = PLACES.flatMap((place): Figure[] => {
      const { reads = Number.NaN, writes = Number.NaN } = waiters[place]?.store ?? {};
      return [
        { name: `place ${place}: reads`, value: reads, unit: '' },
        { name: `place ${place}: read units`, value: reads / 2, unit: '' },
        { name: `place ${place}: writes, joining included`, value: writes, unit: '' },
      ];
    });
    const elapsedS = (clock.monotonicMs() - joinedMs) / 1_000;
    const perSecond = units / elapsedS;
    return {
      title: `Idle waiting: a line of ${WAITERS} behind a hold of ${HOLD_MS / 1_000} s`,
      method: 'counted on virtual time, from the moment at which the last waiter has joined',
      figures: [...figures, { name: 'the whole line', value: perSecond, unit: 'read units/s' }],
    };
  },
};
