import { HoldfastError } from '../errors.ts';
import { absent, equals } from '../store/condition.ts';
import { NAMING_ATTRIBUTE } from '../store/naming-schema.ts';
import { RowFields } from '../store/row-fields.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { remove, set } from '../store/update.ts';
import type { Item, Key, ValueMap } from '../store/value.ts';

/** A sequence as its row tells it. */
export interface SequenceRow {
  /** The smallest number that nobody has been given; `undefined`: there is no row yet. */
  readonly next: number | undefined;
  /** The last block that was given, and the id of the request that asked for it. */
  readonly last: { readonly id: string; readonly from: number } | undefined;
  /** Whether its numbers are taken one by one, in transactions. */
  readonly isGapless: boolean;
}

/** Numbers from `next` up to, and without, `end`. */
export interface Block {
  next: number;
  readonly end: number;
}

export const FIRST_NUMBER = 1;
const { next: NEXT, lastRange: LAST, gapless: GAPLESS } = NAMING_ATTRIBUTE;

export function parseSequenceRow(item: Item | undefined): SequenceRow {
  const row = new RowFields(item ?? {});
  const last = new RowFields(row.optionalMap(LAST) ?? {}, LAST);
  const id = last.optionalText('id');
  const from = last.optionalCount('from');
  return {
    next: row.optionalCount(NEXT),
    last: id === undefined || from === undefined ? undefined : { id, from },
    isGapless: item?.[GAPLESS] === true,
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
    condition: row.next === undefined ? absent(NEXT) : equals(NEXT, row.next),
  };
}

/** The block that a request with this id took, as far as the row still tells. */
export function blockOf(row: SequenceRow, id: string): Block | undefined {
  if (row.last?.id !== id || row.next === undefined) return undefined;
  return { next: row.last.from, end: row.next };
}

/** Makes a sequence without gaps, of which no number has been given. */
export function foundGapless(key: Key): UpdateRequest {
  return {
    kind: 'update',
    key,
    actions: [set(NEXT, FIRST_NUMBER), set(GAPLESS, true), remove(ATTRIBUTE.ttl)],
    condition: absent(NEXT),
  };
}

/** What a transaction that has taken this number changes in the row. */
export function numberTaken(number: number): ValueMap {
  return { [NEXT]: number + 1 };
}

/** A sequence is of one kind for good: blocks that are given to processes leave gaps. */
export function mismatchOf(
  name: string,
  { next, isGapless: found }: SequenceRow,
  isGapless: boolean,
): HoldfastError | undefined {
  if (next === undefined || found === isGapless) return undefined;
  const how = found ? 'one by one, by gapless()' : 'in blocks, by next() and take()';
  return new HoldfastError('sequence-mismatch', `sequence '${name}' gives its numbers ${how}`);
}
