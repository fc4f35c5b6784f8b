import type { TableTime } from '../core/table-clock.ts';
import { type OwnershipRow, parseOwnershipRow } from '../lease/row.ts';
import { type Holding, ownedBy } from '../lease/writes.ts';
import { NAMING_ATTRIBUTE } from '../store/naming-schema.ts';
import { RowFields } from '../store/row-fields.ts';
import type { UpdateRequest } from '../store/store.ts';
import { set } from '../store/update.ts';
import type { Item } from '../store/value.ts';

/** A slot as its row tells it: an ownership row that remembers more. */
export interface SlotRow {
  readonly number: number;
  readonly ownership: OwnershipRow;
  readonly lastLabel: string | undefined;
  readonly reservedUntil: number;
}

/** What somebody who wants a slot knows and asks. */
export interface SlotWish {
  /** Slots are numbered from 0 up to, and without, this. */
  readonly size: number;
  readonly label: string;
  readonly time: TableTime | undefined;
  /** Slots of which timestamps from here on are reserved are of no use; for ids. */
  readonly reservedBelow: number;
}

export const SLOT_PREFIX = 'slot#';
const DIGITS = 5;

/** The sort key of a slot: in the order of the numbers. */
export function slotSortKey(number: number): string {
  return `${SLOT_PREFIX}${String(number).padStart(DIGITS, '0')}`;
}

export function parseSlotRow(item: Item): SlotRow {
  const row = new RowFields(item);
  return {
    number: Number(String(item.sk).slice(SLOT_PREFIX.length)),
    ownership: parseOwnershipRow(item),
    lastLabel: row.optionalText(NAMING_ATTRIBUTE.lastLabel),
    reservedUntil: row.optionalCount(NAMING_ATTRIBUTE.reservedUntil) ?? 0,
  };
}

/** Which slots to try, in this order: the one held before, if it is free, then the smallest. */
export function slotsToTry(rows: readonly SlotRow[], wish: SlotWish): number[] {
  const { size, label, time, reservedBelow } = wish;
  const known = new Map(rows.map((row) => [row.number, row]));
  const free: number[] = [];
  for (let number = 0; number < size; number += 1) {
    const row = known.get(number);
    const isUsable = row === undefined || row.reservedUntil < reservedBelow;
    if (isUsable && isFree(row, time)) free.push(number);
  }
  const own = free.findIndex((number) => known.get(number)?.lastLabel === label);
  if (own > 0) free.unshift(...free.splice(own, 1));
  return free;
}

/** Slots whose holder lives by a session, or has no clock: only a try can tell. */
export function slotsInDoubt(rows: readonly SlotRow[], wish: SlotWish): number[] {
  return rows
    .filter(({ number, ownership, reservedUntil }) => {
      const isHeld = ownership.owner !== undefined && ownership.owner.expiresAt === undefined;
      return isHeld && number < wish.size && reservedUntil < wish.reservedBelow;
    })
    .map(({ number }) => number);
}

function isFree(row: SlotRow | undefined, time: TableTime | undefined): boolean {
  if (row?.ownership.owner === undefined) return true;
  const { expiresAt } = row.ownership.owner;
  return time !== undefined && expiresAt !== undefined && expiresAt < time.earliest;
}

/** Lets the slot remember its holder, to be offered to him again. */
export function rememberLabel(holding: Holding, label: string): UpdateRequest {
  return {
    kind: 'update',
    passesLocks: true,
    key: holding.key,
    actions: [set(NAMING_ATTRIBUTE.lastLabel, label)],
    condition: ownedBy(holding),
  };
}
