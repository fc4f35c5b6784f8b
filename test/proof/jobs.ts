import {
  type CastSize,
  DOUBLE_FAULTS,
  EXPLORED,
  type ExploredName,
  SINGLE_FAULTS,
  type SmallWorld,
} from '../explore/catalogue.ts';
import { explore } from '../explore/explore.ts';
import { describeFailure, runOptions, runTwice } from '../sim/failure.ts';
import { runSeed } from '../sim/run.ts';
import { count, emptyTally, type Tally } from '../sim/tally.ts';
import { type StormJob, type StormResult, storm } from './storms.ts';

/** A piece of work for one process, as plain data. */
export type Job = SimulateJob | ExploreJob | StormJob;

export interface SimulateJob {
  readonly kind: 'simulate';
  /** Any of `EVERY_WORKLOAD`. */
  readonly workload: string;
  readonly fromSeed: number;
  readonly toSeed: number;
  readonly operations: number;
  /** Every how many seeds one is run twice. */
  readonly repeatEvery: number;
}

export interface ExploreJob {
  readonly kind: 'explore';
  readonly primitive: ExploredName;
  /** Which of {@link worldsOf} the primitive. */
  readonly world: number;
  /** The most executions. */
  readonly limit: number;
}

export interface SimulateResult {
  readonly kind: 'simulate';
  readonly job: SimulateJob;
  readonly tally: Tally;
  /** Seeds that were run twice and did the same. */
  readonly repeated: number;
  readonly failures: readonly string[];
}

export interface ExploreResult {
  readonly kind: 'explore';
  readonly job: ExploreJob;
  readonly title: string;
  readonly executions: number;
  readonly operations: number;
  readonly decisionsMax: number;
  /** Whether every execution of the world was made. */
  readonly complete: boolean;
  readonly failures: readonly string[];
}

export type JobResult = SimulateResult | ExploreResult | StormResult;

/** What comes of a job. */
export type ResultOf<Some extends Job> = Extract<JobResult, { readonly kind: Some['kind'] }>;

export function runJob(job: Job): Promise<JobResult> {
  switch (job.kind) {
    case 'simulate':
      return simulate(job);
    case 'explore':
      return exploreWorld(job);
    case 'storm':
      return storm(job);
  }
}

/**
 * The small worlds of a primitive, those first that say most: each fault once and two clients, then
 * three clients, then two faults. Two standstills come last: they make the largest trees.
 */
export function worldsOf(primitive: ExploredName): readonly SmallWorld[] {
  const worlds = (size: CastSize, faults: typeof SINGLE_FAULTS) =>
    EXPLORED[primitive](size, faults);
  const isLarge = (faults: object) => 'pauses' in faults || 'delays' in faults;
  return [
    ...worlds('two', SINGLE_FAULTS),
    ...worlds(
      'two',
      DOUBLE_FAULTS.filter((faults) => !isLarge(faults)),
    ),
    ...worlds('three', SINGLE_FAULTS),
    ...worlds('two', DOUBLE_FAULTS.filter(isLarge)),
  ];
}

async function simulate(job: SimulateJob): Promise<SimulateResult> {
  const { workload, operations } = job;
  const tally = emptyTally();
  const failures: string[] = [];
  let repeated = 0;
  for (let seed = job.fromSeed; seed <= job.toSeed; seed += 1) {
    const options = { workload, seed, operations };
    const isRepeated = seed % job.repeatEvery === 0;
    const report = isRepeated ? await runTwice(options) : await runSeed(runOptions(options));
    count(tally, report);
    if (isRepeated) repeated += 1;
    if (report.failure !== undefined) failures.push(await describeFailure(options, report));
  }
  return { kind: 'simulate', job, tally, repeated, failures };
}

async function exploreWorld(job: ExploreJob): Promise<ExploreResult> {
  const { primitive, limit } = job;
  const world = worldsOf(primitive)[job.world];
  if (world === undefined) throw new RangeError(`${primitive} has no world ${job.world}`);
  const { title, run } = world;
  let operations = 0;
  const result = { kind: 'explore', job, title, failures: [] } as const;
  try {
    const explored = await explore(
      async (chooser) => {
        operations += await run(chooser);
      },
      { limit },
    );
    return { ...result, ...explored, operations };
  } catch (error) {
    const failure = `${title}: ${error instanceof Error ? error.message : error}`;
    const nothing = { executions: 0, decisionsMax: 0, complete: false };
    return { ...result, ...nothing, operations, failures: [failure] };
  }
}
