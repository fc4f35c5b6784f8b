import { emptyTally, idleAdversities, merge, type Tally } from '../sim/tally.ts';
import type { ExploreResult, JobResult, SimulateResult } from './jobs.ts';

/** What one part of the proof came to, with what it was run on. */
export type PartReport = SimulationReport | ExplorationReport;

interface Circumstances {
  readonly commit: string;
  readonly date: string;
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
  result: JobResult,
  circumstances: { readonly commit: string; readonly date: string },
): void {
  const part = parts.get(name) ?? emptyPart(result, circumstances);
  parts.set(name, part);
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
  readonly virtualHours: number;
  readonly faults: number;
  readonly histories: number;
  readonly facts: number;
  readonly executions: number;
  readonly failures: number;
}

export function totalsOf(proof: Proof): Totals {
  const all = emptyTally();
  let executions = 0;
  let explored = 0;
  let failures = 0;
  for (const part of Object.values(proof.parts)) {
    failures += part.failures;
    if (part.kind === 'simulation') merge(all, part.tally);
    else {
      executions += part.executions;
      explored += part.operations;
    }
  }
  return {
    seeds: all.seeds,
    operations: all.operations + explored,
    virtualHours: Math.round(all.virtualHours),
    faults: Object.values(all.adversities).reduce((sum, { hits }) => sum + hits, 0),
    histories: all.histories,
    facts: all.facts,
    executions,
    failures,
  };
}

function rowOf(part: PartReport): Record<string, number | string> {
  const { commit, failures, jobsLeft } = part;
  if (part.kind === 'simulation') {
    const { seeds, operations, virtualHours, histories } = part.tally;
    const idle = idleAdversities(part.tally).join(', ') || 'none';
    const hours = Math.round(virtualHours);
    return { seeds, operations, hours, histories, idle, failures, jobsLeft, commit };
  }
  const { executions, operations, completeWorlds, worlds } = part;
  const complete = `${completeWorlds} of ${worlds}`;
  return { executions, operations, complete, failures, jobsLeft, commit };
}

function emptyPart(
  result: JobResult,
  circumstances: { readonly commit: string; readonly date: string },
): PartReport {
  const { commit, date } = circumstances;
  const beginning = { commit, date, jobsLeft: 0, failures: 0 };
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
