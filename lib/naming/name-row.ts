import type { TableTime } from '../core/table-clock.ts';
import { absent, and, type Condition, compare, equals, exists, or } from '../store/condition.ts';
import { NAME_ATTRIBUTE as NAME } from '../store/naming-schema.ts';
import { RowFields } from '../store/row-fields.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { remove, set, setOrRemove } from '../store/update.ts';
import type { Item, Key, Value } from '../store/value.ts';

/** A name as its row tells it. */
export interface NameRow {
  /** Who has it; `undefined`: nobody. */
  readonly owner: string | undefined;
  readonly display: string | undefined;
  readonly meta: Value | undefined;
  /** The request that brought about what the row says. */
  readonly change: string | undefined;
  /** The one before that. */
  readonly changeBefore: string | undefined;
  readonly claimedAt: number | undefined;
  readonly expiresAt: number | undefined;
  /** Until when a released name is kept for who had it. */
  readonly heldUntil: number | undefined;
  readonly heldFor: string | undefined;
  /** The session that it lives and dies with. */
  readonly session: string | undefined;
}

export interface ClaimWrite {
  readonly key: Key;
  readonly change: string;
  readonly seen: NameRow;
  readonly owner: string;
  readonly display: string;
  readonly meta: Value | undefined;
  readonly leaseMs: number | undefined;
  readonly session: string | undefined;
  /** Whether the session that the row was seen under has surely ended. */
  readonly isSessionDead: boolean;
  readonly time: TableTime | undefined;
}

export function parseNameRow(item: Item = {}): NameRow {
  const row = new RowFields(item);
  return {
    owner: row.optionalText(NAME.nameOwner),
    display: row.optionalText(NAME.display),
    meta: item[NAME.meta],
    change: row.optionalText(NAME.change),
    changeBefore: row.optionalText(NAME.changeBefore),
    claimedAt: row.optionalCount(NAME.claimedAt),
    expiresAt: row.optionalCount(ATTRIBUTE.expiresAt),
    heldUntil: row.optionalCount(NAME.heldUntil),
    heldFor: row.optionalText(NAME.heldFor),
    session: row.optionalText(ATTRIBUTE.session),
  };
}

/** Takes a name that nobody has, or that its asker has: a repetition changes nothing. */
export function claim(write: ClaimWrite): UpdateRequest {
  const { key, owner, time, leaseMs } = write;
  const expiresAt = leaseMs && time && Math.ceil(time.latest + leaseMs);
  // Unchanged, it is still under the session that has ended.
  const isFree = write.isSessionDead ? undefined : isFreeFor(owner, time);
  return {
    kind: 'update',
    key,
    actions: [
      set(NAME.nameOwner, owner),
      set(NAME.display, write.display),
      set(NAME.change, write.change),
      setOrRemove(NAME.changeBefore, write.seen.change),
      setOrRemove(NAME.meta, write.meta),
      setOrRemove(NAME.claimedAt, time && Math.floor(time.latest)),
      setOrRemove(ATTRIBUTE.expiresAt, expiresAt),
      setOrRemove(ATTRIBUTE.session, write.session),
      remove(NAME.heldUntil),
      remove(NAME.heldFor),
    ],
    condition: and(isUnchanged(write.seen), isFree),
  };
}

/**
 * Nobody has changed the row since: without this a late copy of a claim would take back what its
 * owner has given up, and nobody would know of it.
 */
function isUnchanged({ change }: NameRow): Condition {
  return change === undefined ? absent(NAME.change) : equals(NAME.change, change);
}

/** Whether nobody else has the name: by its row, or by its row and the surely passed time. */
function isFreeFor(owner: string, time: TableTime | undefined): Condition {
  const passed = (name: string) => time && compare(name, '<', time.earliest);
  return or(
    equals(NAME.nameOwner, owner),
    and(absent(NAME.nameOwner), or(absent(NAME.heldUntil), equals(NAME.heldFor, owner))),
    passed(NAME.heldUntil) && and(absent(NAME.nameOwner), passed(NAME.heldUntil)),
    passed(ATTRIBUTE.expiresAt) && and(exists(NAME.nameOwner), passed(ATTRIBUTE.expiresAt)),
  );
}

/** Gives a name up; with a hold, nobody but its owner can claim it for a time. */
export function releaseName(
  key: Key,
  owner: string,
  change: string,
  heldUntil: number | undefined,
  seen: NameRow,
): UpdateRequest {
  return {
    kind: 'update',
    key,
    actions: [
      set(NAME.change, change),
      setOrRemove(NAME.changeBefore, seen.change),
      setOrRemove(NAME.heldUntil, heldUntil),
      setOrRemove(NAME.heldFor, heldUntil === undefined ? undefined : owner),
      remove(NAME.nameOwner),
      remove(NAME.display),
      remove(NAME.meta),
      remove(NAME.claimedAt),
      remove(ATTRIBUTE.expiresAt),
      remove(ATTRIBUTE.session),
    ],
    condition: and(isUnchanged(seen), equals(NAME.nameOwner, owner)),
  };
}

/** Whether somebody has the name now, for all that is known of the time. */
export function isHeld({ owner, expiresAt }: NameRow, time: TableTime | undefined): boolean {
  if (owner === undefined) return false;
  return expiresAt === undefined || time === undefined || expiresAt >= time.earliest;
}

/** Whether a released name is kept for somebody else. */
export function isKeptFrom(owner: string, row: NameRow, time: TableTime | undefined): boolean {
  const { heldUntil } = row;
  if (row.owner !== undefined || row.heldFor === owner || heldUntil === undefined) return false;
  return time === undefined || heldUntil >= time.earliest;
}
