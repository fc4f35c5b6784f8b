import { EVERY_WORKLOAD } from '../sim/catalogue.ts';
import { runSeed } from '../sim/run.ts';
import type { Sighting } from './planted.ts';

/**
 * Runs seeds with the library that it was bundled with, which has a bug planted in it, until a
 * check notices, and prints what did. Arguments: workloads, separated by commas, and how many
 * seeds.
 */
const OPERATIONS = 800;

const [workloads = '', seeds = '0'] = process.argv.slice(2);
console.log(JSON.stringify((await firstSighting()) ?? null));
process.exit(0);

async function firstSighting(): Promise<Sighting | undefined> {
  for (let seed = 1; seed <= Number(seeds); seed += 1) {
    for (const workload of workloads.split(',')) {
      const factory = EVERY_WORKLOAD[workload];
      if (factory === undefined) throw new RangeError(`no workload is called ${workload}`);
      const { failure } = await runSeed({ seed, operations: OPERATIONS, workload: factory });
      if (failure === undefined) continue;
      // Which of several locks or names it was says nothing.
      const check = failure.name.replace(/ (of|at) .*/, '');
      return { workload, seed, check };
    }
  }
  return undefined;
}
