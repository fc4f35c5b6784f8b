import { describe, expect, test } from 'vitest';
import type { SimulateJob } from '../proof/jobs.ts';
import { runQuickJobs } from '../proof/quick-jobs.ts';
import { CONTROLS, WORKLOAD_NAMES, WORKLOADS, type WorkloadName } from './catalogue.ts';
import { describeFailure, runTwice } from './failure.ts';
import type { Weather } from './faults.ts';
import { runSeed } from './run.ts';
import pastFailures from './seeds.json' with { type: 'json' };
import { emptyTally, idleAdversities, merge, type Tally } from './tally.ts';

const OPERATIONS = 800;
const TIME_LIMIT_MS = 240_000;

interface Floor {
  readonly seeds: number;
  /** Requests of a seed before its storm ends: a million in `.ci/checks/proof`. */
  readonly operations: number;
  /** What clients must get at least in a seed, on average: locks, terms, numbers, versions. */
  readonly grants: number;
  /** What the checks must have judged at least in a seed, on average. */
  readonly facts: number;
}

/** Faults must not keep everybody from getting anything: about two thirds of what they leave. */
const FLOORS: Readonly<Record<WorkloadName, Floor>> = {
  lock: { seeds: 90, operations: 1_000, grants: 22, facts: 140 },
  election: { seeds: 50, operations: 1_000, grants: 14, facts: 70 },
  permits: { seeds: 40, operations: 1_500, grants: 115, facts: 115 },
  meetings: { seeds: 60, operations: 2_000, grants: 48, facts: 130 },
  naming: { seeds: 40, operations: 1_500, grants: 1_100, facts: 1_700 },
  group: { seeds: 10, operations: 1_500, grants: 35, facts: 300 },
  config: { seeds: 10, operations: 1_500, grants: 65, facts: 400 },
};

/** Runs every seed twice, and throws the reports of those that fail. */
async function simulate(job: Omit<SimulateJob, 'kind' | 'repeatEvery'>): Promise<Tally> {
  const [result] = await runQuickJobs([{ ...job, kind: 'simulate', repeatEvery: 1 }]);
  if (result === undefined) throw new Error('the simulation came to nothing');
  if (result.failures.length > 0) throw new Error(result.failures.join('\n'));
  expect(result.repeated).toBe(job.toSeed - job.fromSeed + 1);
  return result.tally;
}

describe('simulation', () => {
  const all = emptyTally();

  test.each(WORKLOAD_NAMES)(
    'finds nothing wrong in any seed of workload %s',
    async (workload) => {
      const floor = FLOORS[workload];
      const { seeds, operations } = floor;
      const tally = await simulate({ workload, fromSeed: 1, toSeed: seeds, operations });
      merge(all, tally);
      expect(tally.seeds).toBe(floor.seeds);
      expect(tally.stormyOperations).toBeGreaterThanOrEqual(floor.seeds * floor.operations);
      const { grants = 0, terms = 0, published = 0 } = tally.traffic;
      expect(grants + terms + published).toBeGreaterThan(floor.grants * floor.seeds);
      expect(tally.facts).toBeGreaterThan(floor.facts * floor.seeds);
    },
    TIME_LIMIT_MS,
  );

  test('has met every fault in these seeds, and searched an order for a thousand histories', () => {
    expect(idleAdversities(all)).toEqual([]);
    expect(all.seeds).toBeGreaterThanOrEqual(300);
    expect(all.stormyOperations).toBeGreaterThan(400_000);
    expect(all.histories).toBeGreaterThan(1_000);
  });

  test.each(pastFailures)(
    'repeats seed $seed of workload $workload, which once found: $found',
    async ({ workload, seed, operations }) => {
      const tally = await simulate({ workload, fromSeed: seed, toSeed: seed, operations });
      expect(tally.seeds).toBe(1);
    },
  );
});

/** Names of the checks that fail in the first seeds of a run with something wrong. */
async function failuresOf(options: {
  readonly workload?: keyof typeof CONTROLS;
  readonly adjustWeather?: (weather: Weather) => Weather;
  readonly seeds: number;
  readonly operations: number;
}): Promise<Set<string>> {
  const workload = options.workload === undefined ? WORKLOADS.lock : CONTROLS[options.workload];
  const { adjustWeather, operations } = options;
  const names = new Set<string>();
  for (let seed = 1; seed <= options.seeds; seed += 1) {
    const { failure } = await runSeed({ seed, operations, workload, adjustWeather });
    if (failure !== undefined) names.add(failure.name.replace(/ of .*/, ''));
  }
  return names;
}

describe('simulation of what must fail', () => {
  test('finds stale writes where the resource does not check the fencing token', async () => {
    const options = { workload: 'unfenced-lock', seeds: 25, operations: OPERATIONS } as const;
    expect(await failuresOf(options)).toContain('fencing');
  });

  test('finds two holders, and no stale write, where clocks drift beyond the bound', async () => {
    const adjustWeather = (weather: Weather) => ({
      ...weather,
      driftPpmMax: 400_000,
      rates: {},
      nemeses: new Map([...weather.nemeses, ['isolation', 5_000] as const]),
    });
    const failures = await failuresOf({ adjustWeather, seeds: 25, operations: 1_500 });
    expect(failures).toContain('exclusion');
    expect(failures).not.toContain('fencing');
  });

  test('finds two holders, and no stale write, where front ends disagree too much', async () => {
    const adjustWeather = (weather: Weather) => ({
      ...weather,
      frontEndSkewMs: 20_000,
      rates: { ...weather.rates, 'date-skewed': 0.3 },
    });
    const failures = await failuresOf({ adjustWeather, seeds: 20, operations: OPERATIONS });
    expect(failures).toContain('exclusion');
    expect(failures).not.toContain('fencing');
  });

  test('notices a run that does not repeat itself', async () => {
    const hashes = new Set<string>();
    for (let run = 0; run < 2; run += 1) {
      const { hash } = await runSeed({
        seed: 1,
        operations: 50,
        workload: (random) => {
          if (run === 1) random.fraction();
          return WORKLOADS.lock(random);
        },
      });
      hashes.add(hash);
    }
    expect(hashes.size).toBe(2);
  });

  test('reports a failure with all that it takes to see it again', async () => {
    for (let seed = 1; ; seed += 1) {
      const options = { workload: 'unfenced-lock', seed, operations: OPERATIONS };
      const report = await runTwice(options);
      if (report.failure === undefined) continue;
      const description = await describeFailure(options, report);
      expect(description).toMatch(/^workload unfenced-lock, seed \d+, commit [0-9a-f]{7}/);
      expect(description).toMatch(/shortest failing prefix: \d+ of \d+ events/);
      expect(description).toContain(`npm run sim -- --workload unfenced-lock --seed ${seed}`);
      return;
    }
  });
});
