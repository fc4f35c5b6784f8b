import type { TableTime } from '../core/table-clock.ts';
import type { OwnershipRow } from './row.ts';
import type { Holding } from './writes.ts';

/** What a row says to somebody who had believed to hold it. */
export type HoldingVerdict =
  | { readonly kind: 'held'; readonly renewals: number }
  /** Ended by its owner's own act, which may have been a request whose answer was lost. */
  | { readonly kind: 'ended'; readonly how: 'released' | 'handed-over' }
  | { readonly kind: 'taken'; readonly by: string | undefined }
  /** The row has seen too many grants since, or is gone: it cannot tell. */
  | { readonly kind: 'forgotten'; readonly by: string | undefined };

/** Judges a holding by the row that refused its write. */
export function judgeHolding(row: OwnershipRow, holding: Omit<Holding, 'key'>): HoldingVerdict {
  const { owner, previous } = row;
  if (owner?.id === holding.id) return { kind: 'held', renewals: owner.renewals };
  if (row.takenFrom === holding.id) return { kind: 'taken', by: owner?.label };
  if (previous?.owner !== holding.id) return { kind: 'forgotten', by: owner?.label };
  if (previous.how === 'taken') return { kind: 'taken', by: owner?.label };
  return { kind: 'ended', how: previous.how };
}

/** Whether the table's time is surely past the end of the owner's lease (rule 3). */
export function isLapsed(row: OwnershipRow, time: TableTime | undefined): boolean {
  const expiresAt = row.owner?.expiresAt;
  return expiresAt !== undefined && time !== undefined && time.earliest > expiresAt;
}

/** Position of `id` in the line, or -1. */
export function placeOf(row: OwnershipRow, id: string): number {
  return row.queue.findIndex((entry) => entry.id === id);
}

/** Position of the first waiter whose time is not surely over; the line's length when none is. */
export function firstLiving(row: OwnershipRow, time: TableTime | undefined): number {
  const position = row.queue.findIndex(
    ({ until }) => until === undefined || time === undefined || time.earliest <= until,
  );
  return position === -1 ? row.queue.length : position;
}
