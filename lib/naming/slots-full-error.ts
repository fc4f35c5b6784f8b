import { HoldfastError } from '../errors.ts';

/** Who holds a slot. Times are epoch milliseconds on the table's clock. */
export interface SlotHolder {
  readonly number: number;
  readonly label: string;
  /** Since when; `undefined` when the holder did not know the time. */
  readonly since: number | undefined;
  /** When the lease ends unless renewed; `undefined` as above, and under a session. */
  readonly expiresAt: number | undefined;
}

/** So many holders are named in the message; `holders` has them all. */
const NAMED_MAX = 8;

/** Every slot is held, or cannot be used yet. */
export class SlotsFullError extends HoldfastError {
  readonly holders: readonly SlotHolder[];

  constructor(title: string, size: number, holders: readonly SlotHolder[]) {
    const named = holders.slice(0, NAMED_MAX).map(({ number, label }) => `${number}: ${label}`);
    const more = holders.length > NAMED_MAX ? `, and ${holders.length - NAMED_MAX} more` : '';
    super('slots-full', `${title}: none of ${size} is free (${named.join(', ')}${more})`);
    this.holders = holders;
  }
}
