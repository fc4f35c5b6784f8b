import type { Attribute, Attributes } from '../store/attribute.ts';
import { absent, equals, type ItemWrite } from '../store/item-store.ts';
import { PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from '../store/schema.ts';
import { RECORD_ATTRIBUTE, recordKey } from '../store/transaction-schema.ts';
import type { Key } from '../store/value.ts';
import type { Operation, Place } from './operation.ts';
import { attributesFromJson, type JsonValue, jsonOfAttributes } from './wire.ts';

/** How old a transaction is: since its first attempt, which keeps its place through all others. */
export interface Seniority {
  readonly sinceMs: number;
  readonly firstId: string;
}

/** The hold that a transaction acts under. */
export interface FenceMark {
  /** The hold's row, by {@link nameOfRow}. */
  readonly row: string;
  readonly token: number;
}

/** One text for a row of the library's: slots share a partition, and differ in the sort key. */
export function nameOfRow({ pk, sk }: Key): string {
  return `${pk} ${sk}`;
}

export type RecordState = 'pending' | 'committed' | 'aborted' | 'done';

/** The one row that decides a transaction. */
export interface TransactionRecord extends Seniority {
  readonly id: string;
  readonly state: RecordState;
  /** Once it is `done`: how it ended. */
  readonly outcome: 'committed' | 'aborted' | undefined;
  readonly creation: string;
  readonly heartbeat: number;
  /** Its items, as JSON: see {@link placesOf}. */
  readonly placesText: string;
  /** What becomes of each place; `undefined` before the decision, or if it lies in chunks. */
  readonly payload: string | undefined;
  readonly chunks: number;
  readonly attempts: Readonly<Record<string, number>>;
  readonly fence: FenceMark | undefined;
  readonly ownerLabel: string;
}

/** Where the records are. */
export interface RecordHome {
  readonly table: string;
  readonly namespace: string;
}

const {
  state: STATE,
  outcome: OUTCOME,
  creation: CREATION,
  since: SINCE,
  firstId: FIRST_ID,
  keys: KEYS,
  payload: PAYLOAD,
  chunks: CHUNKS,
  attempts: ATTEMPTS,
  heartbeat: HEARTBEAT,
  fence: FENCE,
  token: TOKEN,
  ownerLabel: OWNER_LABEL,
} = RECORD_ATTRIBUTE;

export function addressOfRecord({ table, namespace }: RecordHome, id: string) {
  const { pk, sk } = recordKey(namespace, id);
  return { table, key: { [PARTITION_KEY]: { S: pk }, [SORT_KEY]: { S: sk } } };
}

export function parseRecord(item: Attributes | undefined): TransactionRecord | undefined {
  const id = textOf(item?.[SORT_KEY]);
  const state = textOf(item?.[STATE]);
  if (item === undefined || id === undefined || state === undefined) return undefined;
  const fenceRow = textOf(item[FENCE]);
  return {
    id,
    state: state as RecordState,
    outcome: textOf(item[OUTCOME]) as 'committed' | 'aborted' | undefined,
    creation: textOf(item[CREATION]) ?? '',
    sinceMs: numberOf(item[SINCE]),
    firstId: textOf(item[FIRST_ID]) ?? '',
    heartbeat: numberOf(item[HEARTBEAT]),
    placesText: textOf(item[KEYS]) ?? '[]',
    payload: textOf(item[PAYLOAD]),
    chunks: numberOf(item[CHUNKS]),
    attempts: JSON.parse(textOf(item[ATTEMPTS]) ?? '{}') as Record<string, number>,
    fence: fenceRow === undefined ? undefined : { row: fenceRow, token: numberOf(item[TOKEN]) },
    ownerLabel: textOf(item[OWNER_LABEL]) ?? '',
  };
}

/** Whether the first of two transactions came first, and so has the right of way. */
export function isOlder(one: Seniority, other: Seniority): boolean {
  if (one.sinceMs !== other.sinceMs) return one.sinceMs < other.sinceMs;
  return one.firstId < other.firstId;
}

/** Which attempt at the lock of that number counts. */
export function attemptOf(record: TransactionRecord, number: number): number {
  return record.attempts[`${number}`] ?? 0;
}

/** What goes into a new record. */
export interface RecordDraft extends Seniority {
  readonly id: string;
  readonly creation: string;
  readonly places: readonly Place[];
  readonly fence: FenceMark | undefined;
  readonly ownerLabel: string;
}

/** Begins a transaction. No other record of that id may exist, whoever made it. */
export function createRecord(home: RecordHome, draft: RecordDraft): ItemWrite {
  const address = addressOfRecord(home, draft.id);
  const item: Attributes = {
    ...address.key,
    [STATE]: { S: 'pending' },
    [CREATION]: { S: draft.creation },
    [SINCE]: { N: `${draft.sinceMs}` },
    [FIRST_ID]: { S: draft.firstId },
    [KEYS]: { S: textOfPlaces(draft.places) },
    [HEARTBEAT]: { N: '0' },
    [OWNER_LABEL]: { S: draft.ownerLabel },
    ...(draft.fence && {
      [FENCE]: { S: draft.fence.row },
      [TOKEN]: { N: `${draft.fence.token}` },
    }),
  };
  return { kind: 'put', ...address, item, condition: [absent(PARTITION_KEY)] };
}

export function textOfPlaces(places: readonly Place[]): string {
  return JSON.stringify(places.map(({ table, key }) => [table, jsonOfAttributes(key)]));
}

/** The items of a transaction, in the order of their numbers. */
export function placesOf({ placesText }: TransactionRecord): readonly Place[] {
  const pairs = JSON.parse(placesText) as readonly (readonly [string, JsonValue])[];
  return pairs.map(([table, key]) => ({ table, key: attributesFromJson(key) }));
}

/** What the decision writes. */
export interface Decision {
  readonly payload: { readonly text: string } | { readonly chunks: number };
  readonly attempts: Readonly<Record<number, number>>;
}

/**
 * The decision. Only by the very creation that the coordinator knows of: a record that came into
 * being by a late duplicate of it is nobody's, and is never decided.
 */
export function decide(home: RecordHome, id: string, creation: string, it: Decision): ItemWrite {
  const attempts = Object.keys(it.attempts).length > 0;
  return {
    kind: 'update',
    ...addressOfRecord(home, id),
    set: {
      [STATE]: { S: 'committed' },
      ...('text' in it.payload
        ? { [PAYLOAD]: { S: it.payload.text } }
        : { [CHUNKS]: { N: `${it.payload.chunks}` } }),
      ...(attempts && { [ATTEMPTS]: { S: JSON.stringify(it.attempts) } }),
    },
    condition: [equals([STATE], { S: 'pending' }), equals([CREATION], { S: creation })],
  };
}

/** Ends a transaction that is not decided: anybody may, at any time. */
export function abort(home: RecordHome, id: string): ItemWrite {
  return {
    kind: 'update',
    ...addressOfRecord(home, id),
    set: { [STATE]: { S: 'aborted' } },
    condition: [equals([STATE], { S: 'pending' })],
  };
}

export function beat(home: RecordHome, id: string, creation: string, number: number): ItemWrite {
  return {
    kind: 'update',
    ...addressOfRecord(home, id),
    set: { [HEARTBEAT]: { N: `${number}` } },
    condition: [equals([STATE], { S: 'pending' }), equals([CREATION], { S: creation })],
  };
}

/** Closes a record of which no lock is left. Only now may it ever be taken for garbage. */
export function finish(
  home: RecordHome,
  { id, state }: Pick<TransactionRecord, 'id' | 'state'>,
  ttlSeconds: number,
): ItemWrite {
  return {
    kind: 'update',
    ...addressOfRecord(home, id),
    set: {
      [STATE]: { S: 'done' },
      [OUTCOME]: { S: state },
      [TTL_ATTRIBUTE]: { N: `${ttlSeconds}` },
    },
    remove: [PAYLOAD],
    condition: [equals([STATE], { S: state })],
  };
}

/** Removes a record in a state in which nobody needs it any more. */
export function removeRecord(home: RecordHome, id: string, state: RecordState): ItemWrite {
  const condition = [equals([STATE], { S: state })];
  return { kind: 'delete', ...addressOfRecord(home, id), condition };
}

/** The record's `ttl`, epoch seconds; absent on every record that is not done. */
export function ttlOf(item: Attributes): number | undefined {
  return item[TTL_ATTRIBUTE] === undefined ? undefined : numberOf(item[TTL_ATTRIBUTE]);
}

/** The operations of all places, in their order. */
export function payloadOf(operations: readonly Operation[]): string {
  return JSON.stringify(operations.map(jsonOfOperation));
}

export function operationsOf(payload: string): readonly Operation[] {
  return (JSON.parse(payload) as readonly JsonOperation[]).map(operationFromJson);
}

type JsonOperation =
  | readonly ['put', JsonValue, string | null]
  | readonly ['patch', JsonValue, readonly string[], string | null]
  | readonly ['amend', JsonValue, readonly string[]]
  | readonly ['delete']
  | readonly ['keep', boolean];

function jsonOfOperation(operation: Operation): JsonOperation {
  switch (operation.kind) {
    case 'put':
      return ['put', jsonOfAttributes(operation.image), operation.previous ?? null];
    case 'patch': {
      const { set, remove, previous } = operation;
      return ['patch', jsonOfAttributes(set), remove, previous ?? null];
    }
    case 'amend':
      return ['amend', jsonOfAttributes(operation.set), operation.remove];
    case 'delete':
      return ['delete'];
    case 'keep':
      return ['keep', operation.isAbsent];
  }
}

function operationFromJson(json: JsonOperation): Operation {
  switch (json[0]) {
    case 'put':
      return { kind: 'put', image: attributesFromJson(json[1]), previous: json[2] ?? undefined };
    case 'patch': {
      const [kind, set, remove, previous] = json;
      return { kind, set: attributesFromJson(set), remove, previous: previous ?? undefined };
    }
    case 'amend':
      return { kind: 'amend', set: attributesFromJson(json[1]), remove: json[2] };
    case 'delete':
      return { kind: 'delete' };
    case 'keep':
      return { kind: 'keep', isAbsent: json[1] };
  }
}

function textOf(attribute: Attribute | undefined): string | undefined {
  return attribute !== undefined && 'S' in attribute ? attribute.S : undefined;
}

function numberOf(attribute: Attribute | undefined): number {
  return attribute !== undefined && 'N' in attribute ? Number(attribute.N) : 0;
}
