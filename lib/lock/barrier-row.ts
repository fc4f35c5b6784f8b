import type { TableTime } from '../core/table-clock.ts';
import { absent, and, type Condition, compare, equals } from '../store/condition.ts';
import { RowFields } from '../store/row-fields.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import { SHARED_ATTRIBUTE } from '../store/shared-schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { copy, increment, remove, set } from '../store/update.ts';
import type { Item, Key, Path, Value } from '../store/value.ts';
import { forgottenAfter } from './latch-row.ts';

/** A barrier as its row tells it. */
export interface BarrierRow {
  readonly exists: boolean;
  readonly declared: number;
  /** Which meeting is being waited for. */
  readonly generation: number;
  readonly left: number;
  readonly parties: ReadonlyMap<string, Arrival>;
  /** Who met in the generation before, if it opened. */
  readonly lastParties: ReadonlySet<string>;
  readonly broken: readonly number[];
}

/** One party's coming in this generation. */
export interface Arrival {
  /** The how-manieth, since it may give up and come again. */
  readonly attempt: number;
  /** Whether it is still there. */
  readonly waits: boolean;
}

const { declared: DECLARED, left: LEFT, parties: PARTIES } = SHARED_ATTRIBUTE;
const { generation: GENERATION, lastParties: LAST_PARTIES, lastArrival: LAST } = SHARED_ATTRIBUTE;
/** How many resets a party may sleep through and still learn what became of its meeting. */
const BROKEN_MAX = 16;

export function parseBarrierRow(item: Item | undefined): BarrierRow {
  const row = new RowFields(item ?? {});
  const arrivals = row.members(LAST_PARTIES).map(readArrival);
  const last = row.optionalText(LAST);
  return {
    exists: item !== undefined,
    declared: row.optionalCount(DECLARED) ?? 0,
    generation: row.optionalCount(GENERATION) ?? 0,
    left: row.optionalCount(LEFT) ?? 0,
    parties: new Map(row.members(PARTIES).map(readArrival)),
    lastParties: new Set([
      ...arrivals.filter(([, { waits }]) => waits).map(([id]) => id),
      ...(last === undefined ? [] : [last]),
    ]),
    broken: row.list(SHARED_ATTRIBUTE.broken).map(Number),
  };
}

function readArrival([id, value]: readonly [string, Value]): [string, Arrival] {
  const entry = new RowFields(value, PARTIES);
  return [id, { attempt: entry.count('attempt'), waits: entry.flag('waits') }];
}

export interface ArriveWrite {
  readonly key: Key;
  readonly id: string;
  readonly seen: BarrierRow;
  readonly declared: number;
  readonly time: TableTime | undefined;
}

/** Comes to the meeting; the last to come opens it, and begins the next, in the same write. */
export function arrive(write: ArriveWrite): UpdateRequest {
  const { key, id, seen, declared, time } = write;
  const { generation } = seen;
  const before = seen.parties.get(id);
  const attempt = (before?.attempt ?? 0) + 1;
  const isLast = seen.left === 1;
  const actions = isLast
    ? [
        set(GENERATION, generation + 1),
        set(LEFT, declared),
        copy(LAST_PARTIES, PARTIES),
        set(LAST, id),
        set(PARTIES, {}),
        set(ATTRIBUTE.event, `opened#${generation}`),
      ]
    : [
        increment(LEFT, -1),
        set([PARTIES, id], { attempt, waits: true }),
        set(ATTRIBUTE.event, `arrived#${generation}#${id}#${attempt}`),
      ];
  return {
    kind: 'update',
    key,
    actions: [...actions, forgottenAfter(time)],
    condition: and(
      equals(DECLARED, declared),
      equals(GENERATION, generation),
      isLast ? equals(LEFT, 1) : compare(LEFT, '>', 1),
      // Each coming once: a request that arrives again must not count somebody who has gone.
      comesAnew([PARTIES, id], before),
    ),
  };
}

/** The first to come makes the row. */
export function createBarrier({ key, id, declared, time }: Omit<ArriveWrite, 'seen'>) {
  return {
    kind: 'update',
    key,
    actions: [
      set(DECLARED, declared),
      set(GENERATION, 0),
      set(LEFT, declared - 1),
      set(PARTIES, { [id]: { attempt: 1, waits: true } }),
      set(ATTRIBUTE.event, `arrived#0#${id}#1`),
      forgottenAfter(time),
    ],
    condition: absent(DECLARED),
  } as const satisfies UpdateRequest;
}

/** Goes before the meeting has taken place. Refused once it has: then all who came have met. */
export function withdrawArrival(
  key: Key,
  id: string,
  generation: number,
  attempt: number,
): UpdateRequest {
  return {
    kind: 'update',
    key,
    actions: [
      increment(LEFT, 1),
      set([PARTIES, id], { attempt, waits: false }),
      set(ATTRIBUTE.event, `withdrawn#${generation}#${id}#${attempt}`),
    ],
    condition: and(
      equals(GENERATION, generation),
      equals([PARTIES, id, 'attempt'], attempt),
      equals([PARTIES, id, 'waits'], true),
    ),
  };
}

/** Ends this meeting for all who have come, and begins generation `next`. */
export function resetBarrier(key: Key, seen: BarrierRow, next: number): UpdateRequest {
  const { generation, declared } = seen;
  return {
    kind: 'update',
    key,
    actions: [
      set(GENERATION, next),
      set(LEFT, declared),
      set(PARTIES, {}),
      remove(LAST_PARTIES),
      remove(LAST),
      set(SHARED_ATTRIBUTE.broken, [...seen.broken, generation].slice(-BROKEN_MAX)),
      set(ATTRIBUTE.event, `reset#${generation}`),
    ],
    condition: equals(GENERATION, generation),
  };
}

function comesAnew(path: Path, before: Arrival | undefined): Condition {
  if (before === undefined) return absent(path);
  return and(equals([...path, 'attempt'], before.attempt), equals([...path, 'waits'], false));
}
