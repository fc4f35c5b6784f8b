import { attributesBytes } from '../store/attribute.ts';
import {
  type ItemTransactionPart,
  NATIVE_ITEMS_MAX,
  type RowCheck,
} from '../store/item-transaction.ts';
import { isHeldAsSeen } from './hold-attributes.ts';
import { isForgetful, isFreeAndAsSeen, type Snapshot, versionFor } from './lock.ts';
import { imageAfter, type Place, writeAtOnceAs } from './operation.ts';
import { type Access, operationOf } from './plan.ts';

/** One item of a native request, with what the transaction knows of it. */
export interface NativeItem {
  readonly place: Place;
  readonly seen: Snapshot;
  /** The version that the request gives to the item, if it writes it and does not delete it. */
  readonly given: string | undefined;
  readonly isWritten: boolean;
  readonly part: ItemTransactionPart;
}

/** A transaction as one native request. */
export interface NativePlan {
  readonly items: readonly NativeItem[];
  readonly fence: RowCheck | undefined;
}

export interface NativePlanOptions {
  readonly id: string;
  readonly partitionKeyOf: (table: string) => string;
  readonly fence: RowCheck | undefined;
  readonly prefer: 'latency' | 'cost' | undefined;
}

/** Of all items together, as they are and as they will be, with room for what is added to them. */
const BYTES_MAX = 4_000_000;
const OVERHEAD_BYTES = 200;
/** What a write unit costs in read units. */
const WRITE_PRICE = 5;

/**
 * The request that commits what a function has done; `undefined`: none can, or none should. An item
 * that exists and has no version is compared by its content, which only a lock makes possible.
 */
export function planNative(
  accesses: readonly Access[],
  { id, partitionKeyOf, fence, prefer }: NativePlanOptions,
): NativePlan | undefined {
  const isComparable = accesses.every(
    ({ snapshot }) => snapshot.image === undefined || snapshot.version !== undefined,
  );
  const parts = accesses.length + (fence === undefined ? 0 : 1);
  if (!isComparable || parts > NATIVE_ITEMS_MAX) return undefined;
  if (accesses.reduce((bytes, access) => bytes + bytesOf(access), 0) > BYTES_MAX) return undefined;
  if (prefer === 'cost' && costs(accesses, fence !== undefined) > 0) return undefined;
  const items = accesses.map((access, number): NativeItem => {
    const { place, snapshot: seen } = access;
    const condition = isFreeAndAsSeen(seen, partitionKeyOf(place.table));
    const operation = operationOf(access);
    if (operation === undefined) {
      const part = { kind: 'check', ...place, condition } as const;
      return { place, seen, given: undefined, isWritten: false, part };
    }
    const version = versionFor(id, number);
    const isUnchanged = operation.kind === 'put' ? isHeldAsSeen(seen.image) : [];
    const part = writeAtOnceAs(place, operation, version, [...condition, ...isUnchanged]);
    const given = operation.kind === 'delete' ? undefined : version;
    return { place, seen, given, isWritten: true, part };
  });
  return { items, fence };
}

/** By how many read units a native request is dearer than the portable protocol. */
function costs(accesses: readonly Access[], isFenced: boolean): number {
  let native = isFenced ? 2 * WRITE_PRICE : 0;
  let portable = 3 * WRITE_PRICE + (isFenced ? 1 : 0);
  let unpinned = 1;
  for (const access of accesses) {
    const bytes = bytesOf(access);
    const written = 2 * WRITE_PRICE * Math.ceil(bytes / 1_024);
    native += written;
    const isRead = operationOf(access) === undefined;
    const isFree = isRead && (!isForgetful(access.snapshot) || unpinned-- > 0);
    portable += isFree ? 2 * Math.ceil(bytes / 4_096) : written;
  }
  return native - portable;
}

function bytesOf(access: Access): number {
  const { snapshot } = access;
  const operation = operationOf(access);
  const after = operation && imageAfter(operation, snapshot.image);
  const bytes = Math.max(attributesBytes(snapshot.image), attributesBytes(after));
  return Math.max(bytes, attributesBytes(access.place.key)) + OVERHEAD_BYTES;
}
