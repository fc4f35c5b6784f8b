import { Holdfast } from '../../lib/holdfast.ts';
import type { Store, WriteResult } from '../../lib/store/store.ts';
import { DelayedStore } from '../common/delayed-store.ts';
import type { PreciseTimer } from '../common/precise-timer.ts';

/** DynamoDB's usual round trip from within its region. */
export const ROUND_TRIP_MS = 4.5;
export const LOCK = 'contended';

/** One process, as far as the table can tell: an instance and a way to the table of its own. */
export interface Contestant {
  readonly holdfast: Holdfast;
  readonly store: DelayedStore;
}

export interface ContestOptions {
  readonly size: number;
  readonly openStore: () => Store;
  readonly timer: PreciseTimer;
  readonly onWrite?: (result: WriteResult) => void;
}

export function contestants(options: ContestOptions): Contestant[] {
  return Array.from({ length: options.size }, (_, number) => {
    const store = new DelayedStore(options.openStore(), {
      roundTripMs: ROUND_TRIP_MS,
      wait: (delayMs) => options.timer.wait(delayMs),
      nowMs: () => performance.now(),
      onWrite: options.onWrite,
    });
    return { store, holdfast: new Holdfast({ store, label: `contestant ${number}` }) };
  });
}

/** Makes every contestant's first request, which teaches it the table's time. */
export async function warmUp(all: readonly Contestant[]): Promise<void> {
  await Promise.all(all.map(({ holdfast }) => holdfast.lock('warm-up').holder()));
  for (const { store } of all) {
    store.reads = 0;
    store.writes = 0;
    store.roundTripsMs.length = 0;
  }
}

export async function closeAll(all: readonly Contestant[]): Promise<void> {
  await Promise.all(all.map(({ holdfast }) => holdfast.close()));
}
