import type { TableTime } from '../core/table-clock.ts';
import type { OwnershipRow } from '../lease/row.ts';
import type { Terms } from '../lease/terms.ts';
import { proposeToken } from '../lease/token.ts';
import { acquire, type Holding, ttlSeconds } from '../lease/writes.ts';
import type { Attributes } from '../store/attribute.ts';
import { absent, and, compare, or } from '../store/condition.ts';
import { applyUpdate } from '../store/evaluate.ts';
import type { RowUpdate } from '../store/item-transaction.ts';
import { rowOfAttributes } from '../store/row-attributes.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { remove, set } from '../store/update.ts';
import type { Item, Key } from '../store/value.ts';

/**
 * Several acquires as one native request: all of them take effect or none. Each is what a lock that
 * is taken by itself would send, so that nobody who meets one of the rows need know of the others.
 */
export interface LocksRequest {
  /** The acquisition: the owner in each row, and the token by which the service knows copies. */
  readonly id: string;
  /** In the order of the locks. */
  readonly holdings: readonly Holding[];
  readonly parts: readonly RowUpdate[];
}

/** A lock that is to be taken, as its row is known. */
export interface LockAim {
  readonly key: Key;
  readonly row: OwnershipRow;
  /** A row whose owner is dead, if it is to be taken from one whose end the table cannot judge. */
  readonly seenDead: OwnershipRow | undefined;
}

export interface LocksRequestOptions {
  readonly id: string;
  readonly table: string;
  readonly label: string;
  readonly time: TableTime;
  readonly terms: Terms;
}

export function locksRequest(
  aims: readonly LockAim[],
  { id, table, label, time, terms }: LocksRequestOptions,
): LocksRequest {
  const { leaseMs, value, session } = terms;
  const holdings = aims.map(({ key, row }) => ({ key, id, token: proposeToken(time, row.token) }));
  const parts = holdings.map((holding, index): RowUpdate => {
    const seenDead = aims[index]?.seenDead;
    const lasting = { label, leaseMs, time, session: session?.id, value };
    const { key, actions, condition } = acquire({
      ...holding,
      ...lasting,
      seenDead,
      expiredQueue: [],
    });
    // As the store adds it to every other write (rule 11).
    const unlocked = absent(ATTRIBUTE.transactionLock);
    return { kind: 'row-update', table, key, actions, condition: and(condition, unlocked) };
  });
  return { id, holdings, parts };
}

/**
 * The row that a part has written, as far as its owner is concerned: no answer to a native request
 * shows it. Who had the row before is not known, and nobody but a later owner asks.
 */
export function writtenItem({ actions, key }: RowUpdate): Item | undefined {
  const outcome = applyUpdate(actions, undefined, key);
  return outcome.kind === 'applied' ? outcome.item : undefined;
}

/**
 * The row that has refused a part; `undefined`: what stands there is not for us to judge, such as a
 * transaction's lock, which has to be seen to first.
 */
export function refusingRow(
  refusing: Attributes | undefined,
): { readonly item: Item | undefined } | undefined {
  if (refusing === undefined) return { item: undefined };
  if (refusing[ATTRIBUTE.transactionLock] !== undefined) return undefined;
  try {
    return { item: rowOfAttributes(refusing) };
  } catch {
    // An attribute of somebody else's, of a type that no row of ours has.
    return undefined;
  }
}

/**
 * Raises the token of a free row to the one that a request has asked for, so that no copy of the
 * request can take effect any more: where one row refuses, all do. That it was applied says that
 * none had taken effect before.
 */
export function outdate({ key, token }: Holding): UpdateRequest {
  return {
    kind: 'update',
    key,
    actions: [
      set(ATTRIBUTE.token, token),
      set(ATTRIBUTE.ttl, ttlSeconds(0, token)),
      remove(ATTRIBUTE.event),
    ],
    condition: and(
      absent(ATTRIBUTE.owner),
      or(absent(ATTRIBUTE.token), compare(ATTRIBUTE.token, '<', token)),
    ),
  };
}
