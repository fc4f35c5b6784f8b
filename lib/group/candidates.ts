import type { GroupMember } from './member-row.ts';

/** Whom to prefer. */
export interface Preference {
  readonly zone: string | undefined;
  /** With fewer usable members in the zone than this, the work goes to all zones. */
  readonly zoneMin: number;
}

/** Those who may own or get anything: active, with a weight; with none of those, who is left. */
export function serving(members: readonly GroupMember[]): readonly GroupMember[] {
  const active = members.filter(({ state, weight }) => state === 'active' && weight > 0);
  if (active.length > 0) return active;
  // Better a member that is about to leave than nobody.
  return members.filter(({ weight }) => weight > 0);
}

/** Those among whom to choose: not resting, and of one's own zone while it has enough of them. */
export function candidatesOf(
  members: readonly GroupMember[],
  { zone, zoneMin }: Preference,
  rests: (incarnation: string) => boolean,
): readonly GroupMember[] {
  const all = serving(members);
  const awake = all.filter(({ incarnation }) => !rests(incarnation));
  const usable = awake.length > 0 ? awake : all;
  if (zone === undefined) return usable;
  const near = usable.filter((member) => member.zone === zone);
  return near.length >= zoneMin ? near : usable;
}
