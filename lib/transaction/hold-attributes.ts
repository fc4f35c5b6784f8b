import type { Attribute, Attributes } from '../store/attribute.ts';
import { absent, equals, type ItemClause } from '../store/item-store.ts';
import { ITEM_LOCK_ATTRIBUTE as HOLD, ITEM_HOLDER_FIELD } from '../store/locked-item-schema.ts';

/**
 * What a locked item has besides its content. Transactions do not show it, and keep it: who holds
 * the item is not theirs to say, and tokens that began anew would let a stale holder write.
 */
export const HOLD_ATTRIBUTES: readonly string[] = Object.values(HOLD);

/** An item as its users know it; `undefined`: there is none, or nothing but a lock on its key. */
export function withoutHold(image: Attributes | undefined): Attributes | undefined {
  if (image === undefined || image[HOLD.stub] !== undefined) return undefined;
  if (!HOLD_ATTRIBUTES.some((name) => name in image)) return image;
  return Object.fromEntries(
    Object.entries(image).filter(([name]) => !HOLD_ATTRIBUTES.includes(name)),
  );
}

/** What stays when the whole item is written: all but that it is nothing but a lock. */
export function holdIn(image: Attributes | undefined): Attributes {
  const kept = [HOLD.holder, HOLD.token, HOLD.written].flatMap((name) => {
    const value = image?.[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(kept);
}

/** What goes when a part of the item is written: from then on it is an item, lock or no lock. */
export function stubIn(image: Attributes | undefined): readonly string[] {
  return image?.[HOLD.stub] === undefined ? [] : [HOLD.stub];
}

/**
 * That nobody has taken, renewed or given up the item since it was seen. None of that gives it
 * another version, and whoever writes the whole item writes back what he has seen.
 */
export function isHeldAsSeen(image: Attributes | undefined): readonly ItemClause[] {
  const token = image?.[HOLD.token];
  const holder = image?.[HOLD.holder];
  const renewals =
    holder !== undefined && 'M' in holder ? holder.M[ITEM_HOLDER_FIELD.renewals] : undefined;
  return [
    isNumber(token) ? equals([HOLD.token], token) : absent(HOLD.token),
    isNumber(renewals)
      ? equals([HOLD.holder, ITEM_HOLDER_FIELD.renewals], renewals)
      : absent(HOLD.holder),
  ];
}

/** Whether the item was written, or its key taken, under a lock of its own since it was seen. */
export function isWrittenByHold(item: Attributes, seen: Attributes): boolean {
  return item[HOLD.stub] !== undefined || writtenBy(item) > writtenBy(seen);
}

/** The token of the hold that wrote the item last. */
function writtenBy({ [HOLD.written]: token }: Attributes): number {
  return isNumber(token) ? Number(token.N) : 0;
}

function isNumber(value: Attribute | undefined): value is { readonly N: string } {
  return value !== undefined && 'N' in value;
}
