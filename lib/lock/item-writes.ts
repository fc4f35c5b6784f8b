import type { TableTime } from '../core/table-clock.ts';
import type { Owner } from '../lease/row.ts';
import { expiryOf } from '../lease/writes.ts';
import type { Attribute, Attributes } from '../store/attribute.ts';
import {
  absent,
  any,
  below,
  equals,
  exists,
  type ItemAddress,
  type ItemClause,
  type ItemWrite,
} from '../store/item-store.ts';
import {
  ITEM_HOLDER_FIELD as FIELD,
  ITEM_LOCK_ATTRIBUTE as LOCK,
} from '../store/locked-item-schema.ts';
import { LOCK_ATTRIBUTE as TRANSACTION } from '../store/transaction-schema.ts';

/**
 * The writes of a lock that lives in a user's own item. Each asks that no transaction is at work on
 * the item: its commit writes the item as it had read it, lock attributes included.
 */

/** Where the item is, and what its table calls its partition key. */
export interface LockedPlace extends ItemAddress {
  readonly partitionKey: string;
}

/** One acquisition of an item. */
export interface ItemHolding {
  readonly id: string;
  readonly token: number;
}

export interface ItemLeaseTerms extends ItemHolding {
  readonly label: string;
  readonly leaseMs: number;
  readonly time: TableTime | undefined;
  readonly session: string | undefined;
  readonly since: number | undefined;
}

export interface TakeItem extends ItemLeaseTerms {
  /** The last token, where it is all that the next one can go by: without the time. */
  readonly lastToken: number | undefined;
  /** A holder that is known to be dead, if any. */
  readonly dead: Owner | undefined;
}

const TRANSACTION_LOCK = [TRANSACTION.lock];

/** Takes an item that exists and that nobody alive holds; its answer shows what is in it. */
export function takeItem(place: LockedPlace, take: TakeItem): ItemWrite {
  const { token, time, dead, lastToken } = take;
  const isFree =
    dead === undefined
      ? any(absent(LOCK.holder), ...lapsed(time))
      : // As it was seen: not one renewal has come since.
        equals([LOCK.holder, FIELD.renewals], { N: `${dead.renewals}` });
  return {
    ...update(place),
    set: { [LOCK.holder]: holderOf(take, 1), [LOCK.token]: { N: `${token}` } },
    condition: [
      exists(place.partitionKey),
      absent(...TRANSACTION_LOCK),
      isFree,
      ...(dead === undefined ? [] : [equals([LOCK.holder, FIELD.id], { S: dead.id })]),
      // The late duplicate of an acquire that was given up must not resurrect itself.
      lastToken === undefined
        ? any(absent(LOCK.token), below([LOCK.token], token))
        : equals([LOCK.token], { N: `${lastToken}` }),
    ],
  };
}

/** Takes a key that has no item: puts a stub there, which goes again unless it is written to. */
export function takeKey(place: LockedPlace, take: TakeItem): ItemWrite {
  const set = {
    [LOCK.holder]: holderOf(take, 1),
    [LOCK.token]: { N: `${take.token}` },
    [LOCK.stub]: { N: '1' },
  };
  return { ...update(place), set, condition: [absent(place.partitionKey)] };
}

/** Numbered, as every renewal: a late duplicate of an older one cannot shorten the lease. */
export function renewItem(
  place: LockedPlace,
  terms: ItemLeaseTerms,
  number: number,
  expiresAtMin: number,
): ItemWrite {
  return {
    ...update(place),
    set: { [LOCK.holder]: holderOf(terms, number, expiresAtMin) },
    condition: [...heldBy(terms), below([LOCK.holder, FIELD.renewals], number)],
  };
}

/** What becomes of the item in the very write that gives it up. */
export interface ItemChanges {
  readonly set: Attributes;
  readonly remove: readonly string[];
}

/**
 * Writes and gives up, if nobody has taken the item and no transaction has written it since it was
 * read. The transactions' version goes: whoever of them has read the item must notice.
 */
export function writeItem(
  place: LockedPlace,
  holding: ItemHolding,
  version: string | undefined,
  { set, remove }: ItemChanges,
): ItemWrite {
  return {
    ...update(place),
    set: { ...set, [LOCK.written]: { N: `${holding.token}` } },
    remove: [...remove, LOCK.holder, LOCK.stub, TRANSACTION.version, TRANSACTION.previous],
    condition: [...heldBy(holding), isVersion(version)],
  };
}

/** Deletes the item, and with it the lock. */
export function deleteItem(
  place: LockedPlace,
  holding: ItemHolding,
  version: string | undefined,
): ItemWrite {
  const { table, key } = place;
  return { kind: 'delete', table, key, condition: [...heldBy(holding), isVersion(version)] };
}

/** Gives up without having written. A stub goes: it would be an item that nobody ever wrote. */
export function releaseItem(place: LockedPlace, holding: ItemHolding, isStub: boolean): ItemWrite {
  const { table, key } = place;
  const condition = heldBy(holding);
  if (isStub) return { kind: 'delete', table, key, condition: [...condition, exists(LOCK.stub)] };
  return { ...update(place), remove: [LOCK.holder], condition };
}

function update({ table, key }: LockedPlace) {
  return { kind: 'update', table, key } as const;
}

function heldBy({ id, token }: ItemHolding): readonly ItemClause[] {
  return [
    absent(...TRANSACTION_LOCK),
    equals([LOCK.holder, FIELD.id], { S: id }),
    equals([LOCK.token], { N: `${token}` }),
  ];
}

function isVersion(version: string | undefined): ItemClause {
  const { version: VERSION } = TRANSACTION;
  return version === undefined ? absent(VERSION) : equals([VERSION], { S: version });
}

function lapsed(time: TableTime | undefined): readonly ItemClause[] {
  return time === undefined ? [] : [below([LOCK.holder, FIELD.expiresAt], time.earliest)];
}

/** Whole, so that nothing of an earlier holder stays. */
function holderOf(terms: ItemLeaseTerms, renewals: number, expiresAtMin?: number): Attribute {
  const { id, label, leaseMs, session, since } = terms;
  const expiresAt = expiryOf({ ...terms, expiresAtMin });
  return {
    M: {
      [FIELD.id]: { S: id },
      [FIELD.label]: { S: label },
      [FIELD.renewals]: { N: `${renewals}` },
      [FIELD.leaseMs]: { N: `${leaseMs}` },
      ...(expiresAt !== undefined && { [FIELD.expiresAt]: { N: `${expiresAt}` } }),
      ...(since !== undefined && { [FIELD.since]: { N: `${since}` } }),
      ...(session !== undefined && { [FIELD.session]: { S: session } }),
    },
  };
}
