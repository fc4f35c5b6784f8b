import type { Attributes } from './attribute.ts';
import type { Condition } from './condition.ts';
import type { ItemAddress, ItemClause, ItemWrite } from './item-store.ts';
import { attributesOfRow } from './row-attributes.ts';
import type { Answer, StoreFailure, UpdateRequest } from './store.ts';
import type { Key } from './value.ts';

/** How many items a native transaction may have, read, written and checked together. */
export const NATIVE_ITEMS_MAX = 100;

/** A condition on an item that the transaction leaves as it is. */
export interface ItemCheck extends ItemAddress {
  readonly kind: 'check';
  readonly condition: readonly ItemClause[];
}

/** A condition on one of the library's own rows, in the notation of those. */
export interface RowCheck {
  readonly kind: 'row-check';
  readonly table: string;
  readonly key: Key;
  readonly condition: Condition;
}

/** A change of one of the library's own rows, in the notation of those. */
export interface RowUpdate extends Pick<UpdateRequest, 'key' | 'actions' | 'condition'> {
  readonly kind: 'row-update';
  readonly table: string;
}

/** One item of a native transaction, which may have each item once. */
export type ItemTransactionPart = ItemWrite | ItemCheck | RowCheck | RowUpdate;

/** Where the item is whose state a part shows; `undefined` for one that shows none. */
export function addressOf(part: ItemTransactionPart): ItemAddress | undefined {
  if (part.kind === 'row-check') return undefined;
  if (part.kind !== 'row-update') return part;
  const { table, key } = part;
  return { table, key: attributesOfRow({ pk: key.pk, sk: key.sk }) };
}

/** Several items that are written as one, or not at all. */
export interface ItemTransaction {
  readonly parts: readonly ItemTransactionPart[];
  /**
   * Up to 36 characters. For ten minutes after a request with this token took effect, repeating it
   * changes nothing and is answered as the first was.
   */
  readonly token: string;
}

/** What became of one part of a transaction that was cancelled. */
export type CancellationReason =
  /** Nothing is wrong with this one. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'refused';
      /**
       * The item that refused, or as a consistent read showed it just afterwards; `undefined`:
       * there is none. Of a {@link RowCheck} it is not shown.
       */
      readonly item: Attributes | undefined;
    }
  /** Another transaction at work on it, throttling, or a fault of this part itself. */
  | { readonly kind: 'failed'; readonly failure: StoreFailure };

/** What one attempt at a native transaction came to. */
export type ItemTransactionResult = Answer &
  (
    | { readonly kind: 'applied' }
    /** This request has no effect. An earlier one with its token may still arrive. */
    | { readonly kind: 'cancelled'; readonly reasons: readonly CancellationReason[] }
    | { readonly kind: 'failed'; readonly failure: StoreFailure }
    | { readonly kind: 'unknown'; readonly failure: StoreFailure }
  );

/** What a read of several items at one moment came to, in their order. */
export type ItemsGetResult =
  | { readonly kind: 'read'; readonly items: readonly (Attributes | undefined)[] }
  | { readonly kind: 'failed'; readonly failure: StoreFailure };
