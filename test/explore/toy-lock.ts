import { sleep } from '../../lib/core/clock.ts';
import { TableClock } from '../../lib/core/table-clock.ts';
import { absent, compare, or } from '../../lib/store/condition.ts';
import { ObservedStore } from '../../lib/store/observed-store.ts';
import type { Store, WriteResult } from '../../lib/store/store.ts';
import { append, increment, set } from '../../lib/store/update.ts';
import type { Item } from '../../lib/store/value.ts';
import type { ScheduledClient } from './schedule.ts';

/**
 * A lock as it is written in an afternoon, to see that the explorer finds what is wrong with it.
 * Its leases are right and its clocks too; whether it is safe depends on the fence alone.
 */
const LEASE_MS = 1_000;
const REQUEST_TIMEOUT_MS = 200;

export const LOCK_KEY = { pk: 'toy#lock', sk: 'lock' };
export const DATA_KEY = { pk: 'toy#data', sk: 'data' };

export interface ToyOptions {
  /** Whether the data refuses a smaller token than it has seen. */
  readonly fenced: boolean;
}

/** Takes the lock, writes its token into a log under it, and lets it lapse. */
export async function lockAndWrite(client: ScheduledClient, options: ToyOptions): Promise<void> {
  const { clock } = client;
  const store = storeOf(client);
  for (;;) {
    const token = await acquire(store, client);
    if (token !== undefined) {
      await store.write({
        kind: 'update',
        key: DATA_KEY,
        actions: [set('token', token), append('log', token)],
        condition: options.fenced ? or(absent('token'), compare('token', '<=', token)) : undefined,
      });
      return;
    }
    await sleep(clock, LEASE_MS);
  }
}

/** The token, or undefined when the lock is, or may be, somebody's. */
async function acquire(
  store: Store,
  { clock, name }: ScheduledClient,
): Promise<number | undefined> {
  const nowMs = clock.wallMs();
  const result = await store.write({
    kind: 'update',
    key: LOCK_KEY,
    actions: [set('owner', name), increment('token', 1), set('expiresAt', nowMs + LEASE_MS)],
    condition: or(absent('expiresAt'), compare('expiresAt', '<', nowMs)),
  });
  return result.kind === 'applied' ? (result.item?.token as number) : undefined;
}

/** Adds one to a counter, again and again until it is told that it has. */
export async function countOnce(
  client: ScheduledClient,
  options: { readonly recognisesItself: boolean },
): Promise<void> {
  const store = storeOf(client);
  const { name } = client;
  let result: WriteResult;
  do {
    result = await store.write({
      kind: 'update',
      key: DATA_KEY,
      actions: [increment('count', 1), set(name, true)],
      condition: options.recognisesItself ? absent(name) : undefined,
    });
  } while (result.kind === 'unknown');
}

export function tokensWritten(rows: readonly Item[]): readonly number[] {
  const data = rows.find((row) => row.pk === DATA_KEY.pk);
  return (data?.log ?? []) as readonly number[];
}

function storeOf({ store, clock }: ScheduledClient): Store {
  return new ObservedStore(store, clock, new TableClock(clock), REQUEST_TIMEOUT_MS);
}
