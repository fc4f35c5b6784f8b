import type { TableTime } from '../core/table-clock.ts';
import { HoldfastError } from '../errors.ts';

/** Tokens count microseconds of the table's time, so that they keep growing when a row is gone. */
const TOKENS_PER_MS = 1_000;

/**
 * The fencing token to propose for the next grant: larger than the last one seen, and not behind
 * the table's time. A counter alone would start at 1 again after TTL had removed the row, below the
 * tokens that old fences remember. A time-based one also outruns the late duplicate of an
 * acquire that was given up: the duplicate carries a smaller token and is refused.
 */
export function proposeToken(time: TableTime | undefined, lastSeen: number): number {
  const byTime = time === undefined ? 0 : Math.ceil(time.latest) * TOKENS_PER_MS;
  const token = Math.max(byTime, lastSeen + 1);
  if (Number.isSafeInteger(token)) return token;
  throw new HoldfastError(
    'row-invalid',
    `fencing tokens are used up: expected one below 2^53, got ${token}. Restore the row by hand, ` +
      'above every token that your fences have seen',
  );
}

/** The table's time in which a token of this size is proposed, epoch milliseconds. */
export function timeOfToken(token: number): number {
  return token / TOKENS_PER_MS;
}
