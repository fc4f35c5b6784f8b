import { absent, and, equals } from '../store/condition.ts';
import { RowFields } from '../store/row-fields.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { append, remove, set } from '../store/update.ts';
import type { Key, Value } from '../store/value.ts';
import type { OwnershipRow } from './row.ts';

/** Somebody waits for a row that is held under a session. */
export interface WaiterMark {
  readonly pk: string;
  /** The hold that it waits behind. */
  readonly token: number;
  /** The acquisition that waits. */
  readonly id: string;
}

/** A session's row must stay small; when there are more, the newest count. */
export const WAITERS_MAX = 8;
const { waiters: WAITERS } = ATTRIBUTE;

/**
 * Tells a session who waits behind its holds, in a write that shows its row as a look would do.
 * The session's next beat brings it to the holder. On condition that it lives: nothing may be
 * written into a row that is a tombstone, or gone.
 */
export function markWaiters(
  key: Key,
  session: string,
  marks: readonly WaiterMark[],
  seen: OwnershipRow | undefined,
): UpdateRequest {
  const values = marks.map(({ pk, token, id }) => ({ pk, token, id }));
  const isAlive = equals(ATTRIBUTE.owner, session);
  const room = WAITERS_MAX - values.length;
  // Who was told of the older ones has heard of them at a beat, or soon finds it out by itself.
  const isFull = storedIn(seen?.waiters).length > room;
  return {
    kind: 'update',
    key,
    actions: [isFull ? set(WAITERS, values) : append(WAITERS, ...values), remove(ATTRIBUTE.event)],
    condition: isFull ? isAlive : and(isAlive, absent([WAITERS, room])),
  };
}

/** How many acquisitions have been told to wait behind that hold. */
export function waitersBehind(value: Value | undefined, pk: string, token: number): number {
  const behind = storedIn(value).filter((mark) => mark.pk === pk && mark.token === token);
  return new Set(behind.map(({ id }) => id)).size;
}

function storedIn(value: Value | undefined): readonly WaiterMark[] {
  return new RowFields(value === undefined ? {} : { [WAITERS]: value })
    .list(WAITERS)
    .map((each) => {
      const fields = new RowFields(each, WAITERS);
      const [pk = '', id = ''] = [fields.optionalText('pk'), fields.optionalText('id')];
      return { pk, id, token: fields.count('token') };
    });
}
