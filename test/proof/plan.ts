import { EXPLORED_NAMES, type ExploredName } from '../explore/catalogue.ts';
import { WORKLOAD_NAMES, type WorkloadName } from '../sim/catalogue.ts';
import { type ExploreJob, type SimulateJob, worldsOf } from './jobs.ts';

export type ProofJob = SimulateJob | ExploreJob;

interface SimulationPlan {
  readonly seeds: number;
  /** Requests of a seed before its storm ends. */
  readonly operations: number;
}

/** Ten thousand seeds. Locks and names have the histories that are searched. */
const SIMULATIONS: Readonly<Partial<Record<WorkloadName, SimulationPlan>>> = {
  lock: { seeds: 6_000, operations: 4_000 },
  election: { seeds: 1_500, operations: 4_000 },
  permits: { seeds: 1_000, operations: 1_500 },
  meetings: { seeds: 750, operations: 1_500 },
  naming: { seeds: 500, operations: 1_500 },
  group: { seeds: 150, operations: 1_500 },
  config: { seeds: 100, operations: 1_500 },
};
/** Of a workload that has no row there. */
const OTHER_SIMULATION: SimulationPlan = { seeds: 100, operations: 1_500 };
const SEEDS_PER_JOB = 25;
/** As many executions of a primitive are enough, where its worlds have as many. */
const EXECUTIONS = 500_000;
/** The most executions of one small world. A report says how many worlds were explored whole. */
const EXECUTIONS_PER_WORLD = 20_000;
/** Every how many seeds one is run twice: determinism is a property of the code, not of a seed. */
const REPEAT_EVERY = 10;

/** The whole proof as jobs; `scale` shrinks it. */
export function planProof(scale: number): readonly ProofJob[] {
  return [
    ...WORKLOAD_NAMES.flatMap((workload) => simulateJobs(workload, scale)),
    ...EXPLORED_NAMES.flatMap((primitive) => exploreJobs(primitive, scale)),
  ];
}

/**
 * Which job comes next: seeds before small worlds, and of those the next of the primitive that has
 * had the fewest executions so far. Where time runs out, none has been left behind.
 */
export function nextJob(
  waiting: readonly ProofJob[],
  scale: number,
  executionsOf: (primitive: ExploredName) => number,
): ProofJob | undefined {
  const seeds = waiting.find((job) => job.kind === 'simulate');
  if (seeds !== undefined) return seeds;
  let next: { readonly job: ProofJob; readonly executions: number } | undefined;
  for (const job of waiting) {
    if (job.kind !== 'explore') continue;
    const executions = executionsOf(job.primitive);
    if (executions >= (next?.executions ?? EXECUTIONS * scale)) continue;
    next = { job, executions };
  }
  return next?.job;
}

export function partOfJob(job: ProofJob): string {
  return job.kind === 'simulate' ? `simulate ${job.workload}` : `explore ${job.primitive}`;
}

function exploreJobs(primitive: ExploredName, scale: number): ExploreJob[] {
  // A small proof is one of fewer worlds and of less of each.
  const limit = Math.ceil(EXECUTIONS_PER_WORLD * Math.sqrt(scale));
  return worldsOf(primitive).map((_, world) => ({ kind: 'explore', primitive, world, limit }));
}

function simulateJobs(workload: WorkloadName, scale: number): SimulateJob[] {
  const { seeds: seedsInFull, operations } = SIMULATIONS[workload] ?? OTHER_SIMULATION;
  const seeds = Math.ceil(seedsInFull * scale);
  const jobs: SimulateJob[] = [];
  for (let fromSeed = 1; fromSeed <= seeds; fromSeed += SEEDS_PER_JOB) {
    const toSeed = Math.min(seeds, fromSeed + SEEDS_PER_JOB - 1);
    jobs.push({
      kind: 'simulate',
      workload,
      fromSeed,
      toSeed,
      operations,
      repeatEvery: REPEAT_EVERY,
    });
  }
  return jobs;
}
