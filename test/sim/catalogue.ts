import type { WorkloadFactory } from './workload.ts';
import { ConfigWorkload } from './workloads/config.ts';
import { ElectionWorkload } from './workloads/election.ts';
import { GroupWorkload } from './workloads/group.ts';
import { HoldingsWorkload } from './workloads/holdings.ts';
import { LockWorkload } from './workloads/lock.ts';
import { MeetingsWorkload } from './workloads/meetings.ts';
import { NamingWorkload } from './workloads/naming.ts';
import { PermitsWorkload } from './workloads/permits.ts';
import { RolloutWorkload } from './workloads/rollout.ts';

/** Every workload by its name on the command line. */
export const WORKLOADS = {
  lock: (random) => new LockWorkload(random),
  election: (random) => new ElectionWorkload(random),
  permits: (random) => new PermitsWorkload(random),
  meetings: (random) => new MeetingsWorkload(random),
  naming: (random) => new NamingWorkload(random),
  group: (random) => new GroupWorkload(random),
  config: (random) => new ConfigWorkload(random),
} satisfies Readonly<Record<string, WorkloadFactory>>;

export type WorkloadName = keyof typeof WORKLOADS;

export const WORKLOAD_NAMES = Object.keys(WORKLOADS) as readonly WorkloadName[];

/** Workloads that are wrong on purpose: a simulator that passes them would pass anything. */
export const CONTROLS = {
  'unfenced-lock': (random) => new LockWorkload(random, { isFenced: false }),
} satisfies Readonly<Record<string, WorkloadFactory>>;

export const EVERY_WORKLOAD: Readonly<Record<string, WorkloadFactory>> = {
  ...WORKLOADS,
  ...CONTROLS,
  // With tests of their own, which count other things.
  rollout: (random) => new RolloutWorkload(random),
  holdings: (random) => new HoldingsWorkload(random),
};
