import { Holdfast } from '../../lib/holdfast.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import type { ScheduledClient } from './schedule.ts';

/** Short leases: every request timeout and every look of a waiter is one more move to explore. */
export const LEASE_MS = 2_000;
export const REQUEST_TIMEOUT_MS = 500;

/** A client's own instance. Its randomness is its name's, so that executions repeat themselves. */
export function connect({ name, clock, store }: ScheduledClient): Holdfast {
  return new Holdfast({
    store,
    clock,
    random: new SeededRandom(name),
    label: name,
    namespace: 'explore',
    mode: 'service',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
}
