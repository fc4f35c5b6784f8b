import type { TableTime } from '../core/table-clock.ts';
import { placeOf } from './judge.ts';
import type { OwnershipRow } from './row.ts';

/** A place in the line is good for this long after it was taken or kept. */
const PLACE_MS = 10 * 60 * 1_000;

/** Until when a place that is taken or kept now is good, on the table clock, if that is known. */
export function placeUntil(time: TableTime | undefined): number | undefined {
  return time && Math.ceil(time.latest + PLACE_MS);
}

/** Whether it is time to extend the place. */
export function isPlaceOld(
  row: OwnershipRow,
  place: number,
  time: TableTime | undefined,
): time is TableTime {
  const until = row.queue[place]?.until;
  return until !== undefined && time !== undefined && until - time.latest < PLACE_MS / 2;
}

/** Whether somebody who stands in line is neither in it nor granted the row. */
export function isMissing(row: OwnershipRow, id: string): boolean {
  return row.owner !== undefined && row.owner.id !== id && placeOf(row, id) < 0;
}
