import { emptyTally, idleAdversities, merge, type Tally } from '../sim/tally.ts';
import type { ExploreResult, SimulateResult } from './jobs.ts';
import type { Entry } from './journal.ts';

/** What one part of the proof came to, with what it was run on. */
export type PartReport = SimulationReport | ExplorationReport;

interface Circumstances {
  /** The commits that its jobs were run at, in order. */
  readonly commits: string[];
  date: string;
  /** Processor time of one core. */
  cpuSeconds: number;
  /** The most memory that a process had while it ran one of its jobs. */
  peakMegabytes: number;
  jobsDone: number;
  /** Jobs that were left out because the time was over. */
  jobsLeft: number;
  failures: number;
}

export interface SimulationReport extends Circumstances {
  readonly kind: 'simulation';
  readonly tally: Tally;
  repeated: number;
}

export interface ExplorationReport extends Circumstances {
  readonly kind: 'exploration';
  executions: number;
  operations: number;
  /** Small worlds of which every execution was made. */
  completeWorlds: number;
  worlds: number;
  decisionsMax: number;
}

/** Everything that is known, by part; parts may have been run at different times. */
export interface Proof {
  readonly parts: Record<string, PartReport>;
}

/** Adds a result to its part, which begins with the first one. */
export function addResult(
  parts: Map<string, PartReport>,
  name: string,
  { result, commit, date, cpuSeconds, peakMegabytes }: Entry,
): void {
  const part = parts.get(name) ?? emptyPart(result);
  parts.set(name, part);
  if (!part.commits.includes(commit)) part.commits.push(commit);
  part.date = date;
  part.cpuSeconds = Math.round((part.cpuSeconds + cpuSeconds) * 10) / 10;
  part.peakMegabytes = Math.max(part.peakMegabytes, peakMegabytes);
  part.jobsDone += 1;
  part.failures += result.failures.length;
  if (part.kind === 'simulation' && result.kind === 'simulate') addSimulation(part, result);
  if (part.kind === 'exploration' && result.kind === 'explore') addExploration(part, result);
}

/** The proof as a table for people. */
export function tableOf(proof: Proof): Record<string, Record<string, number | string>> {
  return Object.fromEntries(Object.entries(proof.parts).map(([name, part]) => [name, rowOf(part)]));
}

export interface Totals {
  readonly seeds: number;
  readonly operations: number;
  /** Operations of simulations while anything could go wrong, and all of small worlds. */
  readonly operationsUnderFaults: number;
  /** Those of simulations alone. */
  readonly simulatedUnderFaults: number;
  readonly virtualHours: number;
  readonly faults: number;
  /** Kinds of faults that could have happened and never did. */
  readonly faultsNotHit: readonly string[];
  readonly histories: number;
  readonly facts: number;
  readonly executions: number;
  readonly failures: number;
  readonly cpuSeconds: number;
  /** What the same takes on two cores that have nothing else to do. */
  readonly minutesOnTwoCores: number;
  readonly peakMegabytes: number;
}

export function totalsOf(proof: Proof): Totals {
  const all = emptyTally();
  let executions = 0;
  let explored = 0;
  let failures = 0;
  let cpuSeconds = 0;
  const parts = Object.values(proof.parts);
  for (const part of parts) {
    failures += part.failures;
    cpuSeconds += part.cpuSeconds;
    if (part.kind === 'simulation') merge(all, part.tally);
    else {
      executions += part.executions;
      explored += part.operations;
    }
  }
  return {
    seeds: all.seeds,
    operations: all.operations + explored,
    operationsUnderFaults: all.stormyOperations + explored,
    simulatedUnderFaults: all.stormyOperations,
    virtualHours: Math.round(all.virtualHours),
    faults: Object.values(all.adversities).reduce((sum, { hits }) => sum + hits, 0),
    faultsNotHit: all.seeds === 0 ? [] : idleAdversities(all),
    histories: all.histories,
    facts: all.facts,
    executions,
    failures,
    cpuSeconds: Math.round(cpuSeconds),
    minutesOnTwoCores: Math.round(cpuSeconds / 12) / 10,
    peakMegabytes: Math.max(0, ...parts.map((part) => part.peakMegabytes ?? 0)),
  };
}

function rowOf(part: PartReport): Record<string, number | string> {
  const { failures, jobsLeft } = part;
  const commits = part.commits.join(' ');
  if (part.kind === 'simulation') {
    const { seeds, operations, virtualHours, histories } = part.tally;
    const idle = idleAdversities(part.tally).join(', ') || 'none';
    const hours = Math.round(virtualHours);
    return { seeds, operations, hours, histories, idle, failures, jobsLeft, commits };
  }
  const { executions, operations, completeWorlds, worlds } = part;
  const complete = `${completeWorlds} of ${worlds}`;
  return { executions, operations, complete, failures, jobsLeft, commits };
}

function emptyPart(result: Entry['result']): PartReport {
  const counts = { cpuSeconds: 0, peakMegabytes: 0, jobsDone: 0, jobsLeft: 0, failures: 0 };
  const beginning = { commits: [], date: '', ...counts };
  if (result.kind === 'simulate') {
    return { kind: 'simulation', ...beginning, tally: emptyTally(), repeated: 0 };
  }
  const nothing = { executions: 0, operations: 0, completeWorlds: 0, worlds: 0, decisionsMax: 0 };
  return { kind: 'exploration', ...beginning, ...nothing };
}

function addSimulation(part: SimulationReport, result: SimulateResult): void {
  merge(part.tally, result.tally);
  part.repeated += result.repeated;
}

function addExploration(part: ExplorationReport, result: ExploreResult): void {
  part.executions += result.executions;
  part.operations += result.operations;
  part.worlds += 1;
  if (result.complete) part.completeWorlds += 1;
  part.decisionsMax = Math.max(part.decisionsMax, result.decisionsMax);
}
