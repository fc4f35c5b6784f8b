import { and, type Condition, compare, equals } from '../../lib/store/condition.ts';
import { TTL_ATTRIBUTE } from '../../lib/store/schema.ts';
import type { DeleteRequest } from '../../lib/store/store.ts';
import type { Key } from '../../lib/store/value.ts';

/** A row that was garbage when it was read. */
export interface ExpiredRow extends Key {
  /** Its time to live as read, epoch seconds. */
  readonly ttl: number;
}

/**
 * For so long a row stays after its time: far more than the clock of a function can be wrong.
 * Nothing in the library waits for a deletion, and DynamoDB's own comes days late.
 */
const GRACE_SECONDS = 3_600;

/**
 * DynamoDB deletes nothing that expired five years ago or earlier: such a number is more likely a
 * mistake, such as a time in other units, than a time.
 */
const BELIEVED_SECONDS = 5 * 365 * 86_400;

/** Which rows are garbage. A text in place of a number keeps a row for ever: it is in no range. */
export function isGarbage(nowMs: number): Condition {
  const latest = Math.floor(nowMs / 1_000) - GRACE_SECONDS;
  return and(
    compare(TTL_ATTRIBUTE, '>', latest - BELIEVED_SECONDS),
    compare(TTL_ATTRIBUTE, '<', latest),
  );
}

/**
 * The deletion of a row only as it was read: a row whose owner has come back since has another
 * time. It may be sent again without looking what became of the first.
 */
export function deleteExpired({ pk, sk, ttl }: ExpiredRow): DeleteRequest {
  return { kind: 'delete', key: { pk, sk }, condition: equals(TTL_ATTRIBUTE, ttl) };
}
