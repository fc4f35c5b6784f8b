import type { TableTime } from '../core/table-clock.ts';
import { isLapsed } from '../lease/judge.ts';
import type { Owner } from '../lease/row.ts';
import type { ItemRow } from './item-row.ts';

/** The next step of somebody who wants an item, decided from what he last saw of it. */
export type ItemStep =
  | { readonly kind: 'read' }
  /** There is none under the key. */
  | { readonly kind: 'take-key' }
  | { readonly kind: 'take'; readonly dead: Owner | undefined }
  /** It is ours: by a request whose answer was lost. */
  | { readonly kind: 'confirm'; readonly owner: Owner }
  | { readonly kind: 'wait' };

export interface ItemSight {
  /** `undefined`: nobody has looked. */
  readonly row: ItemRow | undefined;
  readonly time: TableTime | undefined;
  /** Whether the holder is known to be dead otherwise than by the table's time. */
  readonly isDead: boolean;
}

export function planItemStep(isOurs: (id: string) => boolean, sight: ItemSight): ItemStep {
  const { row, time, isDead } = sight;
  if (row === undefined) {
    // Without the time, a token can only be right for an item whose last token is known.
    return time === undefined ? { kind: 'read' } : { kind: 'take', dead: undefined };
  }
  const { owner } = row.ownership;
  if (owner !== undefined && isOurs(owner.id)) return { kind: 'confirm', owner };
  if (row.item === undefined) return { kind: 'take-key' };
  if (row.inTransaction) return { kind: 'wait' };
  if (owner === undefined || isLapsed(row.ownership, time))
    return { kind: 'take', dead: undefined };
  return isDead ? { kind: 'take', dead: owner } : { kind: 'wait' };
}
