import { type Holding, ownedBy } from '../lease/writes.ts';
import { absent, and, equals } from '../store/condition.ts';
import { NAMING_ATTRIBUTE } from '../store/naming-schema.ts';
import { RowFields } from '../store/row-fields.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { set } from '../store/update.ts';
import type { Item } from '../store/value.ts';

/**
 * Uniqueness of ids rests on these writes alone, and on no clock and no lease: a timestamp is used
 * only by who was acknowledged the range that it is in, and ranges of one slot never overlap.
 */

/** Ticks from `from` up to, and without, `to`. */
export interface TickRange {
  readonly from: number;
  readonly to: number;
}

/** What a slot's row says of its timestamps. */
export interface ReservationRow {
  readonly owner: string | undefined;
  readonly token: number;
  /** `undefined`: none were ever reserved. */
  readonly reservedUntil: number | undefined;
  readonly last: { readonly id: string; readonly from: number } | undefined;
}

const { reservedUntil: UNTIL, lastRange: LAST } = NAMING_ATTRIBUTE;

export function parseReservationRow(item: Item | undefined): ReservationRow {
  const row = new RowFields(item ?? {});
  const last = new RowFields(row.optionalMap(LAST) ?? {}, LAST);
  const id = last.optionalText('id');
  const from = last.optionalCount('from');
  return {
    owner: row.optionalText(ATTRIBUTE.owner),
    token: row.optionalCount(ATTRIBUTE.token) ?? 0,
    reservedUntil: row.optionalCount(UNTIL),
    last: id === undefined || from === undefined ? undefined : { id, from },
  };
}

/** What the next range is made of. Ticks are milliseconds since the layout's epoch. */
export interface RangeWish {
  /** Everything below is given out, as the row says. */
  readonly reservedUntil: number;
  /** The earliest and the latest that the table's time can be. */
  readonly earliest: number;
  readonly latest: number;
  /** Where the asker's last range ends: its ids only rise, also from one slot to another. */
  readonly ownEnd: number;
  readonly reserveMs: number;
}

/** The next range: above everything reserved before, and not behind the time. */
export function nextRange(wish: RangeWish): TickRange {
  const { reservedUntil, earliest, latest, ownEnd, reserveMs } = wish;
  const from = Math.max(reservedUntil, Math.floor(earliest), ownEnd, 0);
  return { from, to: Math.max(from, Math.ceil(latest)) + reserveMs };
}

/** Reserves a range, on condition that the slot is ours and nothing was reserved since. */
export function reserve(
  holding: Holding,
  seen: ReservationRow,
  id: string,
  range: TickRange,
): UpdateRequest {
  return {
    kind: 'update',
    passesLocks: true,
    key: holding.key,
    actions: [set(UNTIL, range.to), set(LAST, { id, from: range.from })],
    condition: and(
      ownedBy(holding),
      seen.reservedUntil === undefined ? absent(UNTIL) : equals(UNTIL, seen.reservedUntil),
    ),
  };
}

/** Gives back what is left of the last range, so that the slot's next holder need not skip it. */
export function giveBack(holding: Holding, range: TickRange, usedUntil: number): UpdateRequest {
  return {
    kind: 'update',
    passesLocks: true,
    key: holding.key,
    actions: [set(UNTIL, usedUntil)],
    condition: and(ownedBy(holding), equals(UNTIL, range.to)),
  };
}
