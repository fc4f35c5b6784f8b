import { groupBy } from './group-by.ts';
import { allOf, failed, passed, type Verdict } from './verdict.ts';

/** One incarnation of a member, as it really was, in true time. */
export interface Member {
  readonly id: string;
  /** When its beats took effect in the table. */
  readonly beatsMs: readonly number[];
  /** When it crashed or left; absent when it lived to the end. */
  readonly endedMs?: number;
}

/** A change of the group's rows. */
export interface MemberChange {
  readonly member: string;
  readonly kind: 'joined' | 'left' | 'removed';
  readonly atMs: number;
  /** The first revision published after it; `Infinity` when none was. */
  readonly revision: number;
}

/** What an observer took for the group, from when it was shown until the next view replaced it. */
export interface View {
  readonly observer: string;
  readonly revision: number;
  readonly members: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface MembershipRun {
  readonly members: readonly Member[];
  /** In the order in which they took effect. */
  readonly changes: readonly MemberChange[];
  /** In the order in which they were shown. */
  readonly views: readonly View[];
  /** Observers that were well at the end, and owe a view of then. */
  readonly observers: readonly string[];
  readonly endMs: number;
  /** A member that ended is in no view this long afterwards. */
  readonly goneWithinMs: number;
  /** A member is never removed within this time of a beat. */
  readonly aliveForMs: number;
  /** Views agree when nothing has changed for this long. */
  readonly agreeWithinMs: number;
}

export type MembershipAnomaly =
  | 'ended-member-stayed'
  | 'live-member-removed'
  | 'unknown-member'
  | 'view-older-than-revision'
  | 'view-went-back'
  | 'observer-without-view'
  | 'views-differ';

type MembershipVerdict = Verdict<MembershipAnomaly>;

/** All four properties below. Tests demand evidence of each by itself. */
export function checkMembership(run: MembershipRun): MembershipVerdict {
  return allOf<MembershipAnomaly>(
    () => checkCompleteness(run),
    () => checkAccuracy(run),
    () => checkFreshness(run),
    () => checkConvergence(run),
  );
}

/** Who crashed or left is gone from every view in time. Facts: such members times late views. */
export function checkCompleteness(run: MembershipRun): MembershipVerdict {
  let checked = 0;
  for (const { id, endedMs } of run.members) {
    if (endedMs === undefined) continue;
    const deadlineMs = endedMs + run.goneWithinMs;
    const late = run.views.filter(({ untilMs }) => untilMs > deadlineMs);
    const bad = late.find(({ members }) => members.includes(id));
    if (bad !== undefined) {
      return failed(
        'ended-member-stayed',
        `${id} ended at ${endedMs} ms and was due to be gone by ${deadlineMs} ms: ${say(bad)}`,
      );
    }
    checked += late.length;
  }
  return passed(checked);
}

/** Nobody was removed who had beaten within the bound. Facts: removals. */
export function checkAccuracy(run: MembershipRun): MembershipVerdict {
  const members = new Map(run.members.map((member) => [member.id, member]));
  const removals = run.changes.filter(({ kind }) => kind === 'removed');
  for (const { member, atMs } of removals) {
    const beatsMs = members.get(member)?.beatsMs ?? [];
    const lastMs = Math.max(...beatsMs.filter((beatMs) => beatMs <= atMs));
    if (atMs - lastMs >= run.aliveForMs) continue;
    return failed(
      'live-member-removed',
      `${member} was removed at ${atMs} ms, ${atMs - lastMs} ms after a beat; ` +
        `its lease is ${run.aliveForMs} ms`,
    );
  }
  return passed(removals.length);
}

/**
 * A view holds every change up to its revision, perhaps newer ones, and none from the future; and
 * no observer goes back to an older revision. Facts: views.
 */
export function checkFreshness({ changes, views }: MembershipRun): MembershipVerdict {
  const changesByMember = groupBy(changes, ({ member }) => member);
  const revisions = new Map<string, number>();
  for (const view of views) {
    const before = revisions.get(view.observer) ?? 0;
    if (view.revision < before) return failed('view-went-back', `${say(view)}, after ${before}`);
    revisions.set(view.observer, view.revision);

    const stranger = view.members.find((member) => !changesByMember.has(member));
    if (stranger !== undefined) return failed('unknown-member', `${stranger}: ${say(view)}`);
    for (const [member, history] of changesByMember) {
      const shown = view.members.includes(member);
      if (possiblePresence(history, view).has(shown)) continue;
      const state = shown ? 'still or already' : 'not, or no longer,';
      return failed('view-older-than-revision', `${member} is ${state} in it: ${say(view)}`);
    }
  }
  return passed(views.length);
}

/** Whether a member may be in a view: by its revision, or by any moment since, up to the view. */
function possiblePresence(
  history: readonly MemberChange[],
  { revision, fromMs }: View,
): ReadonlySet<boolean> {
  const certain = history.findLast((change) => change.revision <= revision);
  const newer = history.filter((change) => change.revision > revision && change.atMs <= fromMs);
  return new Set([isJoin(certain), ...newer.map(isJoin)]);
}

/** At the end every observer shows the group as it is. Facts: observers. */
export function checkConvergence(run: MembershipRun): MembershipVerdict {
  const lastMs = run.changes.at(-1)?.atMs ?? 0;
  if (lastMs + run.agreeWithinMs > run.endMs) return passed(0);
  const last = new Map(run.changes.map((change) => [change.member, change]));
  const group = [...last.values()].filter(isJoin).map(({ member }) => member);
  for (const observer of run.observers) {
    const view = run.views.findLast((shown) => shown.observer === observer);
    if (view === undefined || view.untilMs < run.endMs) {
      return failed('observer-without-view', `${observer} shows nothing at ${run.endMs} ms`);
    }
    if (listed(view.members) === listed(group)) continue;
    return failed('views-differ', `the group is ${listed(group)}: ${say(view)}`);
  }
  return passed(run.observers.length);
}

function isJoin(change: MemberChange | undefined): boolean {
  return change?.kind === 'joined';
}

function listed(members: readonly string[]): string {
  return members.toSorted().join(', ');
}

function say({ observer, revision, members, fromMs, untilMs }: View): string {
  return (
    `${observer} showed revision ${revision} from ${fromMs} to ${untilMs} ms ` +
    `with ${members.length === 0 ? 'nobody' : listed(members)}`
  );
}
