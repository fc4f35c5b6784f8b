import { Holdfast } from '../../lib/holdfast.ts';
import type { Store } from '../../lib/store/store.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import type { Library } from '../planted/load.ts';
import type { ScheduledClient } from './schedule.ts';

/** Short leases: every request timeout and every look of a waiter is one more move to explore. */
export const LEASE_MS = 2_000;
export const REQUEST_TIMEOUT_MS = 500;

/** A client's own instance of the library as it is, which renews what it holds. */
export function connect(client: ScheduledClient): Holdfast {
  return open({ Holdfast }, client, 'service');
}

/**
 * A client's own instance, made by the library at hand. Its randomness is its name's, so that
 * executions repeat themselves. In Lambda mode nothing is renewed, so that nothing happens without
 * a reason.
 */
export function open(
  library: Pick<Library, 'Holdfast'>,
  { name, clock, store }: Pick<ScheduledClient, 'name' | 'clock'> & { readonly store: Store },
  mode: 'service' | 'lambda' = 'lambda',
): Holdfast {
  return new library.Holdfast({
    store,
    clock,
    random: new SeededRandom(name),
    label: name,
    namespace: 'explore',
    mode,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
}
