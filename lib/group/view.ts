import { digestOf } from './digest.ts';
import type { GroupMember } from './member-row.ts';

/** What a process believes the members of a group are. Frozen, like everything in it. */
export interface GroupView {
  /** The group as of this revision, or newer; never older. */
  readonly revision: number;
  /**
   * When the table last confirmed it, epoch milliseconds on the table's clock; `undefined` when no
   * answer says what time it is.
   */
  readonly asOf: number | undefined;
  /** Whether the table has not answered for so long that members may have come and gone. */
  readonly stale: boolean;
  /** Ordered by id. */
  readonly members: readonly GroupMember[];
}

/** A change of a group, as its watchers hear of it. */
export type GroupEvent =
  /** The first event: the whole group. */
  | { readonly type: 'snapshot'; readonly view: GroupView; readonly cursor: string }
  | MemberEvent
  /** What was known before is void, deletions included: begin again with the view. */
  | {
      readonly type: 'reset';
      readonly reason: ResetReason;
      readonly view: GroupView;
      readonly cursor: string;
    };

/** A change of one member. */
export type MemberEvent =
  /** Also for an id that was there before, when another life of it begins. */
  | {
      readonly type: 'joined';
      readonly member: GroupMember;
      readonly view: GroupView;
      readonly cursor: string;
    }
  | {
      readonly type: 'updated';
      readonly member: GroupMember;
      readonly previous: GroupMember;
      readonly view: GroupView;
      readonly cursor: string;
    }
  /** `left`: it said goodbye. `expired`: its beats had stopped, and a sweep removed it. */
  | {
      readonly type: 'left' | 'expired';
      readonly member: GroupMember;
      readonly view: GroupView;
      readonly cursor: string;
    };

/**
 * - `cursor-outdated`: the group has changed since the cursor's time; there is no record of how.
 * - `table-restored`: the group's row has gone back, as after a restore from a backup.
 */
export type ResetReason = 'cursor-outdated' | 'table-restored';

/** What happened to one member between two views. */
export type MemberChange =
  | { readonly type: 'joined'; readonly member: GroupMember }
  | { readonly type: 'updated'; readonly member: GroupMember; readonly previous: GroupMember }
  | { readonly type: 'left' | 'expired'; readonly member: GroupMember };

/** What has happened between two views. Those who went come first: an id may have come back. */
export function changesBetween(
  before: readonly GroupMember[],
  after: readonly GroupMember[],
  hasExpired: (incarnation: string) => boolean,
): readonly MemberChange[] {
  const old = new Map(before.map((member) => [member.incarnation, member]));
  const present = new Set(after.map(({ incarnation }) => incarnation));
  const gone = before.filter(({ incarnation }) => !present.has(incarnation));
  return [
    ...gone.map((member): MemberChange => {
      return { type: hasExpired(member.incarnation) ? 'expired' : 'left', member };
    }),
    ...after.flatMap((member): MemberChange[] => {
      const previous = old.get(member.incarnation);
      if (previous === undefined) return [{ type: 'joined', member }];
      return previous.version === member.version ? [] : [{ type: 'updated', member, previous }];
    }),
  ];
}

/** Where a watcher stands: which group, and which members it has been told of. */
export function cursorOf(group: string, view: GroupView): string {
  return `${view.revision}.${digestOf(view.members).toString(36)}.${group}`;
}

/** Whether `cursor` says the same members as `view`; `undefined`: it is not of this group. */
export function isCurrent(cursor: string, group: string, view: GroupView): boolean | undefined {
  const [revision, digest, ...of] = cursor.split('.');
  if (of.join('.') !== group || !/^\d+$/.test(revision ?? '')) return undefined;
  return digest === digestOf(view.members).toString(36);
}
