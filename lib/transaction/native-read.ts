import { invariant } from '../core/invariant.ts';
import { NATIVE_ITEMS_MAX } from '../store/item-transaction.ts';
import { Conflict } from './errors.ts';
import type { Gateway } from './gateway.ts';
import { isForgetful, isSame, lockOf, type Snapshot, snapshotOf } from './lock.ts';
import type { Place } from './operation.ts';
import { inParallel } from './parallel.ts';
import type { Access } from './plan.ts';
import type { Party, Resolver } from './resolver.ts';

/**
 * Reads by native requests. They wait for a native transaction that is half committed, where plain
 * ones show the one half of it: whoever validates by those sees as true what never was.
 */
export interface NativeReadParts {
  readonly gateway: Gateway;
  readonly resolver: Resolver;
  readonly party: Party;
  readonly signal: AbortSignal | undefined;
}

/**
 * What is committed, for sure, of up to 100 items at one moment. Locks of `ownId` count as none.
 *
 * @throws Conflict
 */
export async function lookTogether(
  { gateway, resolver, party, signal }: NativeReadParts,
  places: readonly Place[],
  ownId?: string | undefined,
): Promise<readonly Snapshot[]> {
  /** What is committed under locks that have to stay, for as long as they do. */
  const decided = new Map<string, Snapshot>();
  for (;;) {
    const items = await gateway.readTogether(places, signal);
    invariant(items !== 'unsupported', 'native reads are used where there are any');
    const snapshots: Snapshot[] = [];
    let isClear = true;
    for (const [index, place] of places.entries()) {
      const lock = lockOf(items[index]);
      const known = lock && decided.get(`${index} ${lock.id}`);
      snapshots.push(known ?? snapshotOf(items[index]));
      if (lock === undefined || lock.id === ownId || known !== undefined) continue;
      isClear = false;
      const cleared = await resolver.clear(place, lock, party, signal);
      if (cleared !== undefined) decided.set(`${index} ${lock.id}`, cleared);
    }
    if (isClear) return snapshots;
  }
}

/** Whether everything that was read is still true. @throws Conflict */
export async function validateTogether(
  parts: NativeReadParts,
  reads: readonly Access[],
  ownId: string,
): Promise<void> {
  const look = async (group: readonly Access[], signal: AbortSignal | undefined) => {
    const places = group.map(({ place }) => place);
    const now = await lookTogether({ ...parts, signal }, places, ownId);
    const changed = group.find(({ snapshot }, index) => {
      const found = now[index];
      return found === undefined || !isSame(found, snapshot);
    });
    if (changed !== undefined) throw new Conflict(changed.place);
  };
  // What forgets is looked at before what does not: at that moment everything is true.
  const forgetful = reads.filter(({ snapshot }) => isForgetful(snapshot));
  const versioned = reads.filter(({ snapshot }) => !isForgetful(snapshot));
  const [first, ...others] = groupsOf([...forgetful, ...versioned]);
  if (first !== undefined) await look(first, parts.signal);
  const { signal } = parts;
  await inParallel(others, (group, _, inner) => look(group, inner), { signal });
}

/** The members in their order, as many to a group as one request reads. */
function groupsOf<Member>(members: readonly Member[]): Member[][] {
  const size = NATIVE_ITEMS_MAX;
  const count = Math.ceil(members.length / size);
  return Array.from({ length: count }, (_, at) => members.slice(at * size, (at + 1) * size));
}
