import { MemoryStore } from '../../../lib/store/memory-store.ts';
import type { UpdateRequest } from '../../../lib/store/store.ts';
import { increment } from '../../../lib/store/update.ts';
import { FaultStore, type FaultStoreOptions } from '../../../lib/testing/fault-store.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';

export const KEY = { pk: 'test#row', sk: 'row' };

export const addOne: UpdateRequest = { kind: 'update', key: KEY, actions: [increment('count', 1)] };

export function setUp(options: Partial<FaultStoreOptions> = {}) {
  const clock = new VirtualClock();
  const memory = new MemoryStore({ clock });
  const store = new FaultStore(memory, { clock, ...options });
  const count = () => memory.snapshot()[0]?.count ?? 0;
  return { clock, memory, store, count };
}

/** What came of a call, or `waiting`. */
export function watch<Result>(call: Promise<Result>): { ending: Result | 'waiting' } {
  const watched: { ending: Result | 'waiting' } = { ending: 'waiting' };
  call.then((result) => {
    watched.ending = result;
  });
  return watched;
}
