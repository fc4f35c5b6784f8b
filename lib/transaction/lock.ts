import { type Attribute, type Attributes, sameAttributes } from '../store/attribute.ts';
import { absent, equals, exists, type ItemClause } from '../store/item-store.ts';
import { LOCK_ATTRIBUTE, LOCK_FIELD } from '../store/transaction-schema.ts';

/** A transaction's lock, as it stands in an item. */
export interface ItemLock {
  readonly id: string;
  /** Which of the transaction's keys the item has. */
  readonly number: number;
  /** Which attempt at placing it this was. */
  readonly attempt: number;
  /** Whether the item is nothing but this lock, on a key that has no item. */
  readonly isStub: boolean;
}

/** What a transaction has seen under a key. */
export interface Snapshot {
  /** The item without the attributes of transactions; `undefined`: there is none. */
  readonly image: Attributes | undefined;
  /** `undefined`: there is no item, or its last writer was not a transaction. */
  readonly version: string | undefined;
  /** Whether a transaction that was not decided had the item locked. */
  readonly isPending: boolean;
}

const { version: VERSION, previous: PREVIOUS, lock: LOCK } = LOCK_ATTRIBUTE;

export function lockOf(item: Attributes | undefined): ItemLock | undefined {
  const lock = item?.[LOCK];
  if (lock === undefined || !('M' in lock)) return undefined;
  const { M: fields } = lock;
  return {
    id: textOf(fields[LOCK_FIELD.id]) ?? '',
    number: numberOf(fields[LOCK_FIELD.number]),
    attempt: numberOf(fields[LOCK_FIELD.attempt]),
    isStub: fields[LOCK_FIELD.stub] !== undefined,
  };
}

export function lockAttribute({ id, number, attempt, isStub }: ItemLock): Attribute {
  return {
    M: {
      [LOCK_FIELD.id]: { S: id },
      [LOCK_FIELD.number]: { N: `${number}` },
      [LOCK_FIELD.attempt]: { N: `${attempt}` },
      ...(isStub && { [LOCK_FIELD.stub]: { N: '1' } }),
    },
  };
}

/** What is committed under the key, whoever has it locked: locks change nothing that is visible. */
export function snapshotOf(item: Attributes | undefined): Snapshot {
  const lock = lockOf(item);
  const isPending = lock !== undefined;
  if (item === undefined || lock?.isStub === true) {
    return { image: undefined, version: undefined, isPending };
  }
  return { image: withoutLocks(item), version: versionOf(item), isPending };
}

/** The item as its users know it. */
export function withoutLocks(item: Attributes): Attributes {
  const { [VERSION]: _, [PREVIOUS]: __, [LOCK]: ___, ...image } = item;
  return image;
}

export function versionOf(item: Attributes | undefined): string | undefined {
  return textOf(item?.[VERSION]);
}

export function previousOf(item: Attributes | undefined): string | undefined {
  return textOf(item?.[PREVIOUS]);
}

/** The version that a transaction gives to its key of that number. */
export function versionFor(id: string, number: number): string {
  return `${id}.${number}`;
}

/** Whether two looks show the same: the version, and what outsiders may change without it. */
export function isSame(one: Snapshot, other: Snapshot): boolean {
  return one.version === other.version && sameAttributes(one.image, other.image);
}

/** Whether two looks cannot be told apart although somebody wrote in between. */
export function isForgetful({ image, version }: Snapshot): boolean {
  return image === undefined || version === undefined;
}

/** That this very lock is in the item: of the same transaction, key and attempt. */
export function isLockedBy({ id, number, attempt }: ItemLock): readonly ItemClause[] {
  return [
    equals([LOCK, LOCK_FIELD.id], { S: id }),
    equals([LOCK, LOCK_FIELD.number], { N: `${number}` }),
    equals([LOCK, LOCK_FIELD.attempt], { N: `${attempt}` }),
  ];
}

/** That the item is as it was seen, and that nobody is at work on it. */
export function isFreeAndAsSeen(
  { image, version }: Snapshot,
  partitionKey: string,
): readonly ItemClause[] {
  if (image === undefined) return [absent(partitionKey)];
  return [
    exists(partitionKey),
    absent(LOCK),
    version === undefined ? absent(VERSION) : equals([VERSION], { S: version }),
  ];
}

/** That the item is as it was seen, under a lock of another that is dead. */
export function isLockedAndAsSeen(dead: ItemLock, { version }: Snapshot): readonly ItemClause[] {
  const isUnchanged = version === undefined ? absent(VERSION) : equals([VERSION], { S: version });
  return [...isLockedBy(dead), isUnchanged];
}

/** Which attributes a committed write gives to its item besides those of the user. */
export function stamp(version: string, previous: string | undefined): Attributes {
  return {
    [VERSION]: { S: version },
    ...(previous !== undefined && { [PREVIOUS]: { S: previous } }),
  };
}

function textOf(attribute: Attribute | undefined): string | undefined {
  return attribute !== undefined && 'S' in attribute ? attribute.S : undefined;
}

function numberOf(attribute: Attribute | undefined): number {
  return attribute !== undefined && 'N' in attribute ? Number(attribute.N) : -1;
}
