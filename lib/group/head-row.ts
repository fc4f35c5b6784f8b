import { HoldfastError } from '../errors.ts';
import { absent, equals } from '../store/condition.ts';
import { GROUP_ATTRIBUTE as ATTRIBUTE } from '../store/group-schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { increment, set, type UpdateAction } from '../store/update.ts';
import type { Item, Key } from '../store/value.ts';

/** What says whether anything in the group has changed. Heads are never deleted. */
export interface GroupHead {
  readonly revision: number;
  readonly digest: number;
  /** Incarnations that sweeps have removed, the newest last. */
  readonly expired: readonly string[];
}

/** So many fit into a head below 1 KB. */
const EXPIRED_MAX = 32;

export function parseHead(item: Item | undefined): GroupHead {
  if (item === undefined) return { revision: 0, digest: 0, expired: [] };
  const { revision, digest = 0, expired = [] } = item;
  const isSound =
    Number.isSafeInteger(revision) && Number.isSafeInteger(digest) && Array.isArray(expired);
  if (isSound) return { revision, digest, expired } as unknown as GroupHead;
  const got = JSON.stringify({ revision, digest, expired });
  throw new HoldfastError('row-invalid', `head: expected revision, digest and expired, got ${got}`);
}

/**
 * Announces a change of the members, which is in the table already (rule 26). Arriving twice does
 * no harm that the next sweep does not repair.
 */
export function announce(key: Key, digestDelta: number, expired?: readonly string[]) {
  return headWrite(key, increment(ATTRIBUTE.digest, digestDelta), expired);
}

/**
 * Makes the head tell of the members as a sweep has seen them (rule 27): digest and revision in one
 * write, and only if nobody has announced anything since.
 */
export function settle(key: Key, seen: GroupHead, digest: number, expired: readonly string[]) {
  const isAsSeen =
    seen.revision === 0 ? absent(ATTRIBUTE.revision) : equals(ATTRIBUTE.revision, seen.revision);
  const list = [...seen.expired, ...expired].slice(-EXPIRED_MAX);
  return { ...headWrite(key, set(ATTRIBUTE.digest, digest), list), condition: isAsSeen };
}

function headWrite(
  key: Key,
  digest: UpdateAction,
  expired: readonly string[] | undefined,
): UpdateRequest {
  const list = expired?.slice(-EXPIRED_MAX);
  return {
    kind: 'update',
    key,
    actions: [
      increment(ATTRIBUTE.revision, 1),
      digest,
      ...(list === undefined ? [] : [set(ATTRIBUTE.expired, list)]),
    ],
  };
}
