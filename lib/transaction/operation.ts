import { type Attributes, textOfAttributes } from '../store/attribute.ts';
import type { ItemAddress, ItemClause, ItemWrite } from '../store/item-store.ts';
import { LOCK_ATTRIBUTE } from '../store/transaction-schema.ts';
import { type ItemLock, isLockedBy, stamp, versionFor } from './lock.ts';

/** Where an item of a transaction is. */
export type Place = ItemAddress;

/** What a transaction does to one of its places. */
export type Operation =
  /** The whole item is written. */
  | {
      readonly kind: 'put';
      readonly image: Attributes;
      readonly previous: string | undefined;
    }
  /** Some attributes of an item that exists. */
  | {
      readonly kind: 'patch';
      readonly set: Attributes;
      readonly remove: readonly string[];
      readonly previous: string | undefined;
    }
  /**
   * Some attributes of a row of the library's, which has no versions: its writers would not change
   * them. Nobody who knows nothing of transactions writes there.
   */
  | { readonly kind: 'amend'; readonly set: Attributes; readonly remove: readonly string[] }
  | { readonly kind: 'delete' }
  /** It was locked to be read, and stays as it is. */
  | { readonly kind: 'keep'; readonly isAbsent: boolean };

/** What changes an item. */
export type Change = Exclude<Operation, { readonly kind: 'keep' }>;

/** One text for a place, by which places are told apart and put in order. */
export function placeName({ table, key }: Place): string {
  return `${JSON.stringify(table)}${textOfAttributes(key)}`;
}

/**
 * Writes what was decided, and takes the lock away in the same request. Only where this very lock
 * still is: whoever repeats it, or comes late, changes nothing.
 */
export function apply(place: Place, lock: ItemLock, operation: Operation): ItemWrite {
  const condition = isLockedBy(lock);
  const version = versionFor(lock.id, lock.number);
  const { table, key } = place;
  switch (operation.kind) {
    case 'put': {
      const item = { ...operation.image, ...key, ...stamp(version, operation.previous) };
      return { kind: 'put', table, key, item, condition };
    }
    case 'patch': {
      const { previous } = operation;
      const { lock: LOCK, previous: PREVIOUS } = LOCK_ATTRIBUTE;
      const set = { ...operation.set, ...stamp(version, previous) };
      // A version before last that stayed would tell an unanswered write a lie.
      const stale = previous === undefined ? [PREVIOUS] : [];
      const remove = [...operation.remove, LOCK, ...stale];
      return { kind: 'update', table, key, set, remove, condition };
    }
    case 'amend': {
      const remove = [...operation.remove, LOCK_ATTRIBUTE.lock];
      return { kind: 'update', table, key, set: operation.set, remove, condition };
    }
    case 'delete':
      return { kind: 'delete', table, key, condition };
    case 'keep':
      return unlock(place, { ...lock, isStub: operation.isAbsent });
  }
}

/** The same without a lock, where a condition on the item as it was seen does for one. */
export function writeAtOnceAs(
  { table, key }: Place,
  operation: Change,
  version: string,
  condition: readonly ItemClause[],
): ItemWrite {
  if (operation.kind === 'delete') return { kind: 'delete', table, key, condition };
  const stamped = operation.kind === 'amend' ? {} : stamp(version, operation.previous);
  if (operation.kind === 'put') {
    const item = { ...operation.image, ...key, ...stamped };
    return { kind: 'put', table, key, item, condition };
  }
  const { set, remove } = operation;
  return { kind: 'update', table, key, set: { ...set, ...stamped }, remove, condition };
}

/**
 * Takes a lock away and leaves the rest. A stub goes with it: without the lock it would be an item
 * that nobody ever wrote.
 */
export function unlock({ table, key }: Place, lock: ItemLock): ItemWrite {
  const condition = isLockedBy(lock);
  if (lock.isStub) return { kind: 'delete', table, key, condition };
  return { kind: 'update', table, key, remove: [LOCK_ATTRIBUTE.lock], condition };
}

/** The item as it will be, without what transactions add. */
export function imageAfter(operation: Operation, before: Attributes | undefined) {
  switch (operation.kind) {
    case 'put':
      return operation.image;
    case 'delete':
      return undefined;
    case 'keep':
      return before;
    case 'patch':
    case 'amend': {
      const after = { ...before, ...operation.set };
      for (const name of operation.remove) delete after[name];
      return after;
    }
  }
}
