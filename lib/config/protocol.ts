import { absent, type Condition, equals, exists } from '../store/condition.ts';
import { CONFIG_ATTRIBUTE as A, versionKey } from '../store/config-schema.ts';
import { RowFields } from '../store/row-fields.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import type { DeleteRequest, UpdateRequest } from '../store/store.ts';
import { remove, set, setOrRemove } from '../store/update.ts';
import type { Item, Key } from '../store/value.ts';
import { type Rollout, rolloutOfMap, rolloutToMap } from './rollout.ts';

/**
 * The rows of a configuration and every write of them. A version is *claimed* by creating its row,
 * which nobody ever changes, and *published* by the head that names it: the flip of the head is the
 * moment at which it becomes current, for everybody.
 */
export interface Head {
  /** The newest version; 0 when there is none. */
  readonly version: number;
  readonly revision: number;
  /** Versions up to this one may be gone. */
  readonly floor: number;
  readonly epoch: string;
  /** The request that wrote the head last. */
  readonly change: string;
  readonly rollout: Rollout | undefined;
  readonly log: readonly RolloutEntry[];
}

/** What became of a rollout, for those who ask later. */
export interface RolloutEntry {
  readonly what: 'started' | 'paused' | 'resumed' | 'aborted' | 'finished' | 'superseded';
  readonly from: number;
  readonly to: number;
  /** Epoch milliseconds on the table's clock; 0 when nobody knew the time. */
  readonly at: number;
}

/** A version as its row tells it. */
export interface Version {
  readonly version: number;
  /** JSON text; `undefined`: this version deletes the document. */
  readonly document: string | undefined;
  /** The request that claimed it. */
  readonly change: string;
  readonly publishedAt: number | undefined;
  readonly by: string | undefined;
  readonly note: string | undefined;
  readonly repeats: number | undefined;
  /** The rollout that it is to begin with. */
  readonly rollout: Rollout | undefined;
}

/** Rollouts that the head remembers: it must stay below 1 KB. */
const LOG_MAX = 8;
/** What the floor may lag behind, in parts of the versions to keep. */
const SLACK_PART = 8;

export function parseHead(item: Item | undefined): Head {
  const row = new RowFields(item ?? {});
  const rollout = row.optionalMap(A.rollout);
  return {
    version: row.optionalCount(A.version) ?? 0,
    revision: row.optionalCount(A.revision) ?? 0,
    floor: row.optionalCount(A.floor) ?? 0,
    epoch: row.optionalText(A.epoch) ?? '',
    change: row.optionalText(A.change) ?? '',
    rollout: rollout && rolloutOfMap(rollout),
    log: row.list(A.rolloutLog) as unknown as readonly RolloutEntry[],
  };
}

export function parseVersion(item: Item): Version {
  const row = new RowFields(item);
  const rollout = row.optionalMap(A.rollout);
  return {
    version: row.count(A.version),
    document: row.optionalText(A.document),
    change: row.optionalText(A.change) ?? '',
    publishedAt: row.optionalCount(A.publishedAt),
    by: row.optionalText(A.by),
    note: row.optionalText(A.note),
    repeats: row.optionalCount(A.repeats),
    rollout: rollout && rolloutOfMap(rollout),
  };
}

/** Creates the row of the next version. Of those who want the same number, one gets it. */
export function claim(head: Key, version: Version): UpdateRequest {
  const { rollout } = version;
  return {
    kind: 'update',
    key: versionKey(head, version.version),
    actions: [
      set(A.version, version.version),
      set(A.change, version.change),
      setOrRemove(A.document, version.document),
      setOrRemove(A.publishedAt, version.publishedAt),
      setOrRemove(A.by, version.by),
      setOrRemove(A.note, version.note),
      setOrRemove(A.repeats, version.repeats),
      setOrRemove(A.rollout, rollout && rolloutToMap(rollout)),
    ],
    condition: absent(A.version),
  };
}

/** How many versions to keep at least, beside those in use. */
export interface Retention {
  readonly versions: number;
}

/**
 * Makes a claimed version the newest, whoever claimed it. Any number of helpers may send it: the
 * first one counts, and it says the same in each.
 */
export function flip(key: Key, head: Head, version: Version, keep: Retention): UpdateRequest {
  const { rollout } = version;
  const log = [...head.log, ...endOf(head, version), ...startOf(rollout)].slice(-LOG_MAX);
  const floor = floorAfter(head, version, keep.versions);
  return {
    kind: 'update',
    key,
    actions: [
      set(A.version, version.version),
      set(A.floor, floor),
      set(A.epoch, head.epoch === '' ? version.change : head.epoch),
      setOrRemove(A.rollout, rollout && rolloutToMap(rollout)),
      setOrRemove(A.rolloutLog, log.length === 0 ? undefined : log.map((entry) => ({ ...entry }))),
      ...stamp(head, version.change),
    ],
    condition: isHead(head),
  };
}

/** Changes the rollout of the newest version; `undefined`: everybody runs that version. */
export function changeRollout(
  key: Key,
  head: Head,
  rollout: Rollout | undefined,
  entry: RolloutEntry,
  change: string,
): UpdateRequest {
  return {
    kind: 'update',
    key,
    actions: [
      setOrRemove(A.rollout, rollout && rolloutToMap(rollout)),
      set(
        A.rolloutLog,
        [...head.log, entry].slice(-LOG_MAX).map((each) => ({ ...each })),
      ),
      ...stamp(head, change),
    ],
    condition: isHead(head),
  };
}

/** Announces that versions up to `floor` may go. Before the first of them does. */
export function raiseFloor(key: Key, head: Head, floor: number, change: string): UpdateRequest {
  return {
    kind: 'update',
    key,
    actions: [set(A.floor, floor), ...stamp(head, change)],
    condition: isHead(head),
  };
}

/** Lets the service remove a version's row after that time, epoch seconds. */
export function expireVersion(key: Key, version: number, ttlSeconds: number): UpdateRequest {
  return {
    kind: 'update',
    key: versionKey(key, version),
    actions: [set(ATTRIBUTE.ttl, ttlSeconds)],
    // A row that is gone must not come back as a row without a document.
    condition: exists(A.version),
  };
}

/** Takes a claim back that was made under a number from the past. */
export function withdraw(key: Key, { version, change }: Version): DeleteRequest {
  return { kind: 'delete', key: versionKey(key, version), condition: equals(A.change, change) };
}

/** The version that everybody ran before a new rollout: where an abort leads to. */
export function baseOf(head: Head, isOver: boolean): number {
  return head.rollout === undefined || isOver ? head.version : head.rollout.from;
}

/** The version that changes are made to: the newest, unless its rollout was aborted. */
export function standingVersion({ version, rollout }: Head): number {
  return rollout?.state === 'aborted' ? rollout.from : version;
}

/** The highest version that nobody needs: not the current one, nor a side of the rollout. */
export function dispensable(head: Pick<Head, 'version' | 'rollout'>): number {
  return Math.min(head.version, head.rollout?.from ?? head.version) - 1;
}

function floorAfter(head: Head, { version, rollout }: Version, keep: number): number {
  const wanted = version - keep;
  // Not with each version: what falls below the floor is written once more.
  const isFar = wanted - head.floor >= Math.max(1, Math.floor(keep / SLACK_PART));
  const limit = dispensable({ version, rollout });
  return isFar ? Math.max(head.floor, Math.min(wanted, limit)) : head.floor;
}

function isHead(head: Head): Condition {
  return head.revision === 0 ? absent(A.revision) : equals(A.revision, head.revision);
}

function stamp(head: Head, change: string) {
  return [set(A.revision, head.revision + 1), set(A.change, change), remove(ATTRIBUTE.ttl)];
}

function startOf(rollout: Rollout | undefined): RolloutEntry[] {
  if (rollout === undefined) return [];
  const { from, to, startedAt } = rollout;
  return [{ what: 'started', from, to, at: startedAt }];
}

function endOf({ rollout }: Head, { publishedAt = 0 }: Version): RolloutEntry[] {
  if (rollout === undefined || rollout.state === 'aborted') return [];
  return [{ what: 'superseded', from: rollout.from, to: rollout.to, at: publishedAt }];
}
