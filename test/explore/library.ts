import { config } from '../../lib/config/index.ts';
import { group } from '../../lib/group/index.ts';
import { Holdfast } from '../../lib/holdfast.ts';
import { names, slots } from '../../lib/naming/index.ts';
import { adopt, exportHold, lockedItems, locks, semaphore } from '../../lib/recipes/index.ts';
import type { Store } from '../../lib/store/store.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { transactions } from '../../lib/transaction/index.ts';
import type { Library } from '../planted/load.ts';
import { REQUEST_TIMEOUT_MS } from './connect.ts';
import type { ScheduledClient } from './schedule.ts';

const LIBRARY = {
  Holdfast,
  adopt,
  config,
  exportHold,
  group,
  lockedItems,
  locks,
  names,
  semaphore,
  slots,
  transactions,
};

/** What scenarios use of the library: a bug planted in it shows whether exploring finds that. */
export type ExploredLibrary = Pick<Library, keyof typeof LIBRARY>;

export const AS_IT_IS: ExploredLibrary = LIBRARY;

/**
 * A client's own instance, made by the library at hand. In Lambda mode nothing is renewed, so that
 * nothing happens without a reason.
 */
export function open(
  library: Pick<ExploredLibrary, 'Holdfast'>,
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
