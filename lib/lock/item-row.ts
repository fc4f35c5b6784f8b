import { HoldfastError } from '../errors.ts';
import { NO_ROW, type Owner, type OwnershipRow } from '../lease/row.ts';
import type { Attribute, Attributes } from '../store/attribute.ts';
import {
  ITEM_HOLDER_FIELD as FIELD,
  ITEM_LOCK_ATTRIBUTE as LOCK,
} from '../store/locked-item-schema.ts';
import { LOCK_ATTRIBUTE as TRANSACTION } from '../store/transaction-schema.ts';

/** An item that can be locked, as an answer showed it. */
export interface ItemRow {
  /** `undefined`: there is no item under the key. */
  readonly item: Attributes | undefined;
  /** The item without what locks and transactions add; `undefined` also for a mere lock. */
  readonly content: Attributes | undefined;
  /** Who owns the item, in the terms of every other row that somebody owns. */
  readonly ownership: OwnershipRow;
  /** The token under which it was written last; 0: never under a lock. */
  readonly written: number;
  /** Whether the item is nothing but a lock. */
  readonly isStub: boolean;
  /** Whether a transaction is at work on it. */
  readonly inTransaction: boolean;
  /** What the last transaction that wrote it calls it. */
  readonly version: string | undefined;
}

const ADDED: readonly string[] = [...Object.values(LOCK), ...Object.values(TRANSACTION)];

/** Reads an item. Lock attributes of another shape are an error that names them, never a guess. */
export function parseItemRow(item: Attributes | undefined): ItemRow {
  const isStub = item?.[LOCK.stub] !== undefined;
  return {
    item,
    content: item === undefined || isStub ? undefined : contentOf(item),
    ownership: {
      ...NO_ROW,
      token: optional(item, LOCK.token, countOf) ?? 0,
      owner: ownerOf(item),
    },
    written: optional(item, LOCK.written, countOf) ?? 0,
    isStub,
    inTransaction: item?.[TRANSACTION.lock] !== undefined,
    version: optional(item, TRANSACTION.version, textOf),
  };
}

function contentOf(item: Attributes): Attributes {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !ADDED.includes(name)));
}

function ownerOf(item: Attributes | undefined): Owner | undefined {
  const holder = item?.[LOCK.holder];
  if (holder === undefined) return undefined;
  if (!('M' in holder)) throw invalid(LOCK.holder, 'a map');
  const { M: fields } = holder;
  const id = required(fields, FIELD.id, textOf);
  return {
    id,
    label: optional(fields, FIELD.label, textOf) ?? id,
    renewals: required(fields, FIELD.renewals, countOf),
    leaseMs: required(fields, FIELD.leaseMs, countOf),
    expiresAt: optional(fields, FIELD.expiresAt, countOf),
    ownedSince: optional(fields, FIELD.since, countOf),
    session: optional(fields, FIELD.session, textOf),
  };
}

type Read<T> = (attribute: Attribute) => T | undefined;

function optional<T>(map: Attributes | undefined, name: string, read: Read<T>): T | undefined {
  const attribute = map?.[name];
  if (attribute === undefined) return undefined;
  const value = read(attribute);
  if (value === undefined) throw invalid(name, read === countOf ? 'a whole number' : 'a string');
  return value;
}

function required<T>(map: Attributes, name: string, read: Read<T>): T {
  const value = optional(map, name, read);
  if (value === undefined) throw invalid(`${LOCK.holder}.${name}`, 'a value');
  return value;
}

function countOf(attribute: Attribute): number | undefined {
  const count = 'N' in attribute ? Number(attribute.N) : Number.NaN;
  return Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

function textOf(attribute: Attribute): string | undefined {
  return 'S' in attribute ? attribute.S : undefined;
}

function invalid(name: string, expected: string): HoldfastError {
  return new HoldfastError('row-invalid', `attribute '${name}' of the item: expected ${expected}`);
}
