import { sleep } from '../../lib/core/clock.ts';
import { type HoldfastErrorCode, isHoldfastError } from '../../lib/errors.ts';
import type { Holdfast } from '../../lib/holdfast.ts';
import type { Session } from '../../lib/lease/session.ts';
import { RowItems } from '../../lib/store/row-items.ts';
import { ITEM_TABLES, itemKey } from '../unit/support/own-items.ts';
import { LEASE_MS } from './connect.ts';
import type { ExploredLibrary } from './library.ts';
import type { ScheduledClient } from './schedule.ts';

/** What one process has at a time: by whatever of the library keeps it so. */
export type Thing = 'lock' | 'permit' | 'item' | 'slot' | 'name';

/** Who takes a thing, and how. */
export interface Taking {
  readonly library: ExploredLibrary;
  readonly holdfast: Holdfast;
  readonly client: ScheduledClient;
  readonly thing: Thing;
  /** What keeps it alive. @default a lease of its own */
  readonly session?: Session;
}

export interface Taken {
  /** The fencing token, if there is one. */
  readonly token: number | undefined;
  remainingMs(): number;
  release(): Promise<unknown>;
}

/** What has no line is asked for again after so long. */
const PAUSE_MS = LEASE_MS / 4;

/** Waits until the thing is the client's. */
export async function take(taking: Taking): Promise<Taken> {
  const { library, holdfast, client, session } = taking;
  const terms = session === undefined ? { leaseMs: LEASE_MS } : { under: session };
  switch (taking.thing) {
    case 'lock':
      return holdfast.lock('it').acquire(terms);
    case 'permit':
      return library.semaphore(holdfast, 'it', { permits: 1 }).acquire(terms);
    case 'item': {
      const options = { tables: ITEM_TABLES, items: new RowItems(client.store) };
      const items = library.lockedItems(holdfast, options);
      return items.item('items', itemKey('it')).acquire(terms);
    }
    case 'slot': {
      const slots = library.slots(holdfast, 'it', { size: 1 });
      return insist(client, 'slots-full', () => slots.acquire(terms));
    }
    case 'name':
      return takeName(taking);
  }
}

/** A name under a lease is its owner's for that long; what he believes in, he counts himself. */
async function takeName({ library, holdfast, client, session }: Taking): Promise<Taken> {
  const { clock, name: owner } = client;
  const directory = library.names(holdfast, 'it');
  const terms = session === undefined ? { leaseMs: LEASE_MS } : { under: session };
  let askedAtMs = 0;
  await insist(client, 'name-taken', () => {
    askedAtMs = clock.monotonicMs();
    return directory.claim('Ada', { owner, ...terms });
  });
  return {
    token: undefined,
    remainingMs: () => session?.remainingMs() ?? askedAtMs + LEASE_MS - clock.monotonicMs(),
    release: () => directory.release('Ada', { owner }),
  };
}

/** Asks again for as long as somebody else has it. */
async function insist<Result>(
  { clock }: ScheduledClient,
  taken: HoldfastErrorCode,
  ask: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isHoldfastError(error, taken)) throw error;
      await sleep(clock, PAUSE_MS);
    }
  }
}
