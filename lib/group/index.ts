/**
 * Who is there to do the work. Kept out of the core so that nobody pays for it at a cold start who
 * does not use it. How to use it: `docs/membership.md`.
 */

import type { Holdfast } from '../holdfast.ts';
import { checkName } from '../options.ts';
import { runtimeOf } from '../runtime.ts';
import type { ValueMap } from '../store/value.ts';
import { groupCore } from './core.ts';
import { Group } from './group.ts';
import {
  checkGroupOptions,
  DEFAULT_POLL_MS,
  DEFAULT_SWEEP_MS,
  type GroupOptions,
} from './options.ts';

export type { Balancer, BalancerOptions, Pick, Strategy } from './balancer.ts';
export type { LeaveResult } from './entry.ts';
export { type Following, type Group, TooFewMembersError } from './group.ts';
export type { GroupMember, MemberState } from './member-row.ts';
export type { Membership, MembershipState } from './membership.ts';
export { NoMemberError } from './no-member-error.ts';
export type {
  GroupOptions,
  JoinOptions,
  MemberDetails,
  MetaSchema,
  WaitOptions,
  WatchOptions,
} from './options.ts';
export type { OutlierOptions } from './outliers.ts';
export type { GroupEvent, GroupView, MemberEvent, ResetReason } from './view.ts';

/**
 * The group of this name: any string of 1 to 1,024 bytes. Sends nothing. The intervals of the first
 * call in an instance count.
 *
 * ```ts
 * const images = group(holdfast, 'images');
 * await using membership = await images.join({ address: '10.0.0.7:8080', zone: 'a' });
 * ```
 *
 * @throws InvalidArgumentError
 */
export function group<Meta extends ValueMap = ValueMap>(
  holdfast: Holdfast,
  name: string,
  options: GroupOptions<Meta> = {},
): Group<Meta> {
  checkName(name);
  checkGroupOptions(options as GroupOptions<never>);
  const runtime = runtimeOf(holdfast);
  const { pollMs = DEFAULT_POLL_MS, sweepMs = DEFAULT_SWEEP_MS } = options;
  return new Group<Meta>(runtime, name, groupCore(runtime, name, { pollMs, sweepMs }), options);
}
