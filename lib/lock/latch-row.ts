import type { TableTime } from '../core/table-clock.ts';
import { absent, and, compare, equals } from '../store/condition.ts';
import { RowFields } from '../store/row-fields.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import { SHARED_ATTRIBUTE } from '../store/shared-schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { increment, set, setOrRemove, type UpdateAction } from '../store/update.ts';
import type { Item, Key } from '../store/value.ts';

/** A latch as its row tells it. */
export interface LatchRow {
  readonly exists: boolean;
  readonly declared: number;
  readonly left: number;
  /** Who has counted down. */
  readonly parties: ReadonlySet<string>;
}

/** A row that nobody counts or waits at is garbage after this long. */
export const FORGOTTEN_AFTER_MS = 30 * 24 * 60 * 60 * 1_000;
const { declared: DECLARED, left: LEFT, parties: PARTIES } = SHARED_ATTRIBUTE;

export function parseLatchRow(item: Item | undefined): LatchRow {
  if (item === undefined) return { exists: false, declared: 0, left: 0, parties: new Set() };
  const row = new RowFields(item);
  return {
    exists: true,
    declared: row.count(DECLARED),
    left: row.count(LEFT),
    parties: new Set(row.members(PARTIES).map(([id]) => id)),
  };
}

/** Counts down once for each id: a count alone would count a repeated request again. */
export function countDown(
  key: Key,
  id: string,
  count: number,
  time: TableTime | undefined,
): UpdateRequest {
  return {
    kind: 'update',
    key,
    actions: [
      increment(LEFT, -1),
      set([PARTIES, id], true),
      set(ATTRIBUTE.event, `counted#${id}`),
      forgottenAfter(time),
    ],
    condition: and(equals(DECLARED, count), compare(LEFT, '>', 0), absent([PARTIES, id])),
  };
}

/** The first count makes the row. */
export function createLatch(
  key: Key,
  id: string,
  count: number,
  time: TableTime | undefined,
): UpdateRequest {
  return {
    kind: 'update',
    key,
    actions: [
      set(DECLARED, count),
      set(LEFT, count - 1),
      set(PARTIES, { [id]: true }),
      set(ATTRIBUTE.event, `counted#${id}`),
      forgottenAfter(time),
    ],
    condition: absent(DECLARED),
  };
}

/** When the row may be collected; never, when the time is unknown. */
export function forgottenAfter(time: TableTime | undefined): UpdateAction {
  const ttl = time && Math.ceil((time.latest + FORGOTTEN_AFTER_MS) / 1_000);
  return setOrRemove(ATTRIBUTE.ttl, ttl);
}
