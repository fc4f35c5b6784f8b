import { FAULT_NAMES, type FaultName } from '../../lib/testing/fault-plan.ts';
import { NEMESIS_NAMES, type NemesisName } from './faults.ts';
import type { RunReport } from './run.ts';

/** Sums over many runs. Plain data, so that worker processes can send theirs home. */
export interface Tally {
  seeds: number;
  operations: number;
  /** Operations while anything could go wrong. */
  stormyOperations: number;
  events: number;
  virtualHours: number;
  histories: number;
  facts: number;
  readonly adversities: Record<FaultName | NemesisName, Adversity>;
  readonly traffic: Record<string, number>;
}

export interface Adversity {
  /** Runs in which it could happen. */
  enabled: number;
  /** How often it has happened. */
  hits: number;
}

const MS_PER_HOUR = 3_600_000;

export function emptyTally(): Tally {
  const names = [...FAULT_NAMES, ...NEMESIS_NAMES];
  return {
    seeds: 0,
    operations: 0,
    stormyOperations: 0,
    events: 0,
    virtualHours: 0,
    histories: 0,
    facts: 0,
    adversities: Object.fromEntries(
      names.map((name) => [name, { enabled: 0, hits: 0 }]),
    ) as Tally['adversities'],
    traffic: {},
  };
}

export function count(tally: Tally, report: RunReport): void {
  tally.seeds += 1;
  tally.operations += report.operations;
  tally.stormyOperations += report.stormyOperations;
  tally.events += report.events;
  tally.virtualHours += report.virtualMs / MS_PER_HOUR;
  tally.histories += report.histories;
  tally.facts += report.facts;
  for (const name of report.enabled) tally.adversities[name].enabled += 1;
  for (const name of FAULT_NAMES) tally.adversities[name].hits += report.faults[name];
  for (const name of NEMESIS_NAMES) tally.adversities[name].hits += report.nemeses[name];
  addAll(tally.traffic, report.traffic);
}

/** Adds `other` to `tally`. */
export function merge(tally: Tally, other: Tally): void {
  tally.seeds += other.seeds;
  tally.operations += other.operations;
  tally.stormyOperations += other.stormyOperations;
  tally.events += other.events;
  tally.virtualHours += other.virtualHours;
  tally.histories += other.histories;
  tally.facts += other.facts;
  for (const [name, adversity] of Object.entries(tally.adversities)) {
    const more = other.adversities[name as keyof Tally['adversities']];
    adversity.enabled += more.enabled;
    adversity.hits += more.hits;
  }
  addAll(tally.traffic, other.traffic);
}

/** Adversities that could have happened and never did: what they would show was not looked at. */
export function idleAdversities(tally: Tally): string[] {
  return Object.entries(tally.adversities)
    .filter(([, { enabled, hits }]) => enabled === 0 || hits === 0)
    .map(([name]) => name);
}

function addAll(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + value;
}
