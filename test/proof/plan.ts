import { EXPLORED_NAMES, type ExploredName } from '../explore/catalogue.ts';
import { WORKLOAD_NAMES, type WorkloadName } from '../sim/catalogue.ts';
import { type Job, worldsOf } from './jobs.ts';

/** Seeds of each workload: ten thousand. Locks and names have the histories that are searched. */
const SEEDS: Readonly<Record<WorkloadName, number>> = {
  lock: 6_000,
  election: 1_500,
  permits: 1_000,
  meetings: 750,
  naming: 500,
  group: 150,
  config: 100,
};
const SEEDS_PER_JOB = 25;
/** Requests of a seed before its storm ends. */
const OPERATIONS = 4_000;
/** Executions of all worlds of a primitive together. */
const EXECUTIONS = 500_000;
/** The most executions of one small world. A report says how many worlds were explored whole. */
const EXECUTIONS_PER_WORLD = 50_000;

/** The whole proof as jobs; `scale` shrinks it. */
export function planProof(scale: number): readonly Job[] {
  return [
    ...EXPLORED_NAMES.flatMap((primitive) => exploreJobs(primitive, scale)),
    ...WORKLOAD_NAMES.flatMap((workload) => simulateJobs(workload, scale)),
  ];
}

/** How many executions of a primitive are enough. */
export function executionsWanted(scale: number): number {
  return EXECUTIONS * scale;
}

export function partOfJob(job: Job): string {
  return job.kind === 'simulate' ? `simulate ${job.workload}` : `explore ${job.primitive}`;
}

function exploreJobs(primitive: ExploredName, scale: number): Job[] {
  const limit = Math.ceil(EXECUTIONS_PER_WORLD * scale);
  return worldsOf(primitive).map((_, world) => ({ kind: 'explore', primitive, world, limit }));
}

function simulateJobs(workload: WorkloadName, scale: number): Job[] {
  const seeds = Math.ceil(SEEDS[workload] * scale);
  const jobs: Job[] = [];
  for (let fromSeed = 1; fromSeed <= seeds; fromSeed += SEEDS_PER_JOB) {
    const toSeed = Math.min(seeds, fromSeed + SEEDS_PER_JOB - 1);
    jobs.push({ kind: 'simulate', workload, fromSeed, toSeed, operations: OPERATIONS });
  }
  return jobs;
}
