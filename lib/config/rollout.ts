import { RowFields } from '../store/row-fields.ts';
import type { ValueMap } from '../store/value.ts';

/** How the share of processes that run a new version grows. Times are milliseconds. */
export type RolloutSchedule =
  /** `percent` more at each step: 20 and 60,000 reach everybody after four minutes. */
  | { readonly kind: 'linear'; readonly percent: number; readonly everyMs: number }
  /** Twice as many at each step, from `percent` on. */
  | { readonly kind: 'exponential'; readonly percent: number; readonly everyMs: number }
  /** The given shares, each for its time; after the last one it is everybody's. */
  | {
      readonly kind: 'steps';
      readonly steps: readonly { readonly percent: number; readonly forMs: number }[];
    };

/** A staged rollout as the head tells it. Times are epoch milliseconds on the table's clock. */
export interface Rollout {
  readonly from: number;
  readonly to: number;
  /** Makes the choice of each rollout another one, and names it. */
  readonly salt: string;
  readonly schedule: RolloutSchedule;
  /** How long everybody runs the version before the rollout counts as done. */
  readonly bakeMs: number;
  readonly abortOnReject: boolean;
  readonly startedAt: number;
  readonly state: 'running' | 'paused' | 'aborted';
  /** How far it was when it was paused. */
  readonly pausedMs: number;
}

const DONE = 100;

/** The share that runs the new version after that long, in percent. */
export function percentAfter(schedule: RolloutSchedule, elapsedMs: number): number {
  if (schedule.kind === 'steps') {
    let endMs = 0;
    for (const { percent, forMs } of schedule.steps) {
      endMs += forMs;
      if (elapsedMs < endMs) return percent;
    }
    return DONE;
  }
  const step = Math.floor(elapsedMs / schedule.everyMs);
  const { kind, percent } = schedule;
  return Math.min(DONE, kind === 'linear' ? percent * (step + 1) : percent * 2 ** step);
}

/** After how long the schedule reaches everybody. */
export function fullAfterMs(schedule: RolloutSchedule): number {
  if (schedule.kind === 'steps') {
    return schedule.steps.reduce((sum, { forMs }) => sum + forMs, 0);
  }
  const { kind, percent, everyMs } = schedule;
  const growth = DONE / percent;
  const steps = kind === 'linear' ? Math.ceil(growth) - 1 : Math.ceil(Math.log2(growth));
  return Math.max(0, steps) * everyMs;
}

/** For how long it has run. Who sees it knows that it has begun, however late his clock is. */
export function elapsedMs(rollout: Rollout, nowMs: number): number {
  return rollout.state === 'paused' ? rollout.pausedMs : Math.max(0, nowMs - rollout.startedAt);
}

/** Whether everybody has run the new version for the bake time. */
export function isDone(rollout: Rollout, nowMs: number | undefined): boolean {
  if (rollout.state !== 'running' || nowMs === undefined) return false;
  return elapsedMs(rollout, nowMs) >= fullAfterMs(rollout.schedule) + rollout.bakeMs;
}

/**
 * Which version a unit runs: a function of the rollout, the unit and the time alone, so all who
 * ask get the same answer and nobody has to drive the rollout. With an unknown time the unit stays
 * where it was, and begins with the old version. It never goes back but by an abort.
 */
export function versionFor(
  rollout: Rollout,
  unit: string,
  nowMs: number | undefined,
  before?: number | undefined,
): number {
  const { from, to, state } = rollout;
  if (state === 'aborted') return from;
  if (before === to) return to;
  if (nowMs === undefined) return from;
  const percent = percentAfter(rollout.schedule, elapsedMs(rollout, nowMs));
  return 100 * shareOf(rollout.salt, unit) < percent ? to : from;
}

/** Where a unit stands among all, evenly in [0, 1). */
export function shareOf(salt: string, unit: string): number {
  // FNV-1a, then the finalizer of MurmurHash3: names that differ in one digit must not end up
  // beside each other.
  let hash = 0x811c9dc5;
  for (const character of `${salt}\n${unit}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

export function rolloutToMap(rollout: Rollout): ValueMap {
  const { schedule, ...rest } = rollout;
  return { ...rest, schedule: JSON.stringify(schedule) };
}

export function rolloutOfMap(map: ValueMap): Rollout {
  const row = new RowFields(map, 'rollout');
  const text = (name: string) => row.optionalText(name) ?? '';
  const state = text('state');
  return {
    from: row.count('from'),
    to: row.count('to'),
    salt: text('salt'),
    schedule: JSON.parse(text('schedule')) as RolloutSchedule,
    bakeMs: row.count('bakeMs'),
    abortOnReject: row.flag('abortOnReject'),
    startedAt: row.count('startedAt'),
    // What a newer library may have added is taken for a standstill, and not for a step.
    state: state === 'running' || state === 'aborted' ? state : 'paused',
    pausedMs: row.count('pausedMs'),
  };
}
