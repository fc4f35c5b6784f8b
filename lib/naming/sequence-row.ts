import { absent, and, equals } from '../store/condition.ts';
import { NAMING_ATTRIBUTE } from '../store/naming-schema.ts';
import { RowFields } from '../store/row-fields.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { remove, set } from '../store/update.ts';
import type { Item, Key } from '../store/value.ts';

/** A sequence as its row tells it. */
export interface SequenceRow {
  /** The smallest number that nobody has been given; `undefined`: there is no row yet. */
  readonly next: number | undefined;
  /** The last block that was given, and the id of the request that asked for it. */
  readonly last: { readonly id: string; readonly from: number } | undefined;
}

/** Numbers from `next` up to, and without, `end`. */
export interface Block {
  next: number;
  readonly end: number;
}

export const FIRST_NUMBER = 1;
const { next: NEXT, lastRange: LAST } = NAMING_ATTRIBUTE;

export function parseSequenceRow(item: Item | undefined): SequenceRow {
  const row = new RowFields(item ?? {});
  const last = new RowFields(row.optionalMap(LAST) ?? {}, LAST);
  const id = last.optionalText('id');
  const from = last.optionalCount('from');
  return {
    next: row.optionalCount(NEXT),
    last: id === undefined || from === undefined ? undefined : { id, from },
  };
}

/**
 * Takes the next `size` numbers. On condition that nobody has since `row` was seen, so a request
 * that arrives twice, or late, takes nothing; the id tells the sender of an unanswered one that the
 * block is his.
 */
export function takeBlock(key: Key, row: SequenceRow, id: string, size: number): UpdateRequest {
  const from = row.next ?? FIRST_NUMBER;
  return {
    kind: 'update',
    key,
    actions: [
      set(NEXT, from + size),
      set(LAST, { id, from }),
      // A row that comes to be collected would begin at 1 again.
      remove(ATTRIBUTE.ttl),
    ],
    condition: and(
      absent(ATTRIBUTE.transactionLock),
      row.next === undefined ? absent(NEXT) : equals(NEXT, row.next),
    ),
  };
}

/** The block that a request with this id took, as far as the row still tells. */
export function blockOf(row: SequenceRow, id: string): Block | undefined {
  if (row.last?.id !== id || row.next === undefined) return undefined;
  return { next: row.last.from, end: row.next };
}
