import { quickBundle } from '../quick/quick-bundle.ts';
import type { Job, ResultOf } from './jobs.ts';
import { JobProcess } from './pool.ts';

let process: Promise<JobProcess> | undefined;

/**
 * Runs jobs of the proof for a test, one after the other while they are wanted. Bundled, in a
 * process of their own, they take half the time that the same code takes among the modules of a
 * test runner; and all tests of a run share that process, which is quick once it has run some.
 */
export async function runQuickJobs<Some extends Job>(
  jobs: readonly Some[],
  isWanted: (results: readonly ResultOf<Some>[]) => boolean = () => true,
): Promise<readonly ResultOf<Some>[]> {
  process ??= quickBundle('test/proof/serve.ts').then((program) => new JobProcess(program));
  const results: ResultOf<Some>[] = [];
  for (const job of jobs) {
    if (!isWanted(results)) break;
    const { result } = await (await process).run(job);
    results.push(result);
  }
  return results;
}
