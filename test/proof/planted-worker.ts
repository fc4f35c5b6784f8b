import { EXPLORED, SINGLE_FAULTS, type SmallWorld } from '../explore/catalogue.ts';
import { type ExecutionError, explore } from '../explore/explore.ts';
import { EVERY_WORKLOAD } from '../sim/catalogue.ts';
import { runSeed } from '../sim/run.ts';
import { TRANSACTION_WORKLOADS } from '../sim/transactions/catalogue.ts';
import { runStorm } from '../sim/transactions/storm.ts';
import type { Search, Sighting } from './planted.ts';

/**
 * Looks for what is wrong with the library that it was bundled with, which has a bug planted in it,
 * and prints what it found first. Its argument is a {@link Search}.
 */
const OPERATIONS = 800;
const STEPS = 200;
const MODES = ['portable', 'mixed'] as const;

Error.stackTraceLimit = 0;
const search = JSON.parse(process.argv[2] ?? '{}') as Search;
console.log(JSON.stringify((await firstSeed()) ?? (await firstWorld()) ?? null));
process.exit(0);

async function firstSeed(): Promise<Sighting | undefined> {
  for (let seed = 1; seed <= search.seeds; seed += 1) {
    for (const workload of search.workloads) {
      const check = await (workload in TRANSACTION_WORKLOADS
        ? failureOfStorm(workload as keyof typeof TRANSACTION_WORKLOADS, seed)
        : failureOfSeed(workload, seed));
      if (check !== undefined) return { kind: 'seed', workload, seed, check };
    }
  }
  return undefined;
}

async function failureOfSeed(name: string, seed: number): Promise<string | undefined> {
  const workload = EVERY_WORKLOAD[name];
  if (workload === undefined) throw new RangeError(`no workload is called ${name}`);
  const { failure } = await runSeed({ seed, operations: OPERATIONS, workload });
  // Which of several locks or names it was says nothing.
  return failure?.name.replace(/ (of|at) .*/, '');
}

async function failureOfStorm(
  name: keyof typeof TRANSACTION_WORKLOADS,
  seed: number,
): Promise<string | undefined> {
  for (const mode of MODES) {
    const workload = TRANSACTION_WORKLOADS[name];
    const { problems } = await runStorm({ seed, steps: STEPS, workload, mode });
    if (problems.length > 0) return `${mode}, ${problems.length} problems`;
  }
  return undefined;
}

/** A few executions of each world of two clients and one fault. */
async function firstWorld(): Promise<Sighting | undefined> {
  for (const primitive of search.worlds) {
    const worlds: readonly SmallWorld[] = EXPLORED[primitive]('two', SINGLE_FAULTS);
    for (const { title, run } of worlds) {
      try {
        await explore(run, { limit: search.executions });
      } catch (error) {
        const { execution } = error as ExecutionError;
        return { kind: 'world', primitive, title, execution };
      }
    }
  }
  return undefined;
}
