import { quickBundle } from '../quick/quick-bundle.ts';
import type { Job, JobResult } from './jobs.ts';
import { runJobs } from './pool.ts';

let program: Promise<string> | undefined;

/**
 * Runs jobs of the proof for a test, in one process of their own: bundled, they take half the time
 * that the same code takes among the modules of a test runner.
 */
export async function runQuickJobs(
  jobs: readonly Job[],
  isWanted: (results: readonly JobResult[]) => boolean = () => true,
): Promise<readonly JobResult[]> {
  program ??= quickBundle('test/proof/serve.ts');
  const results: JobResult[] = [];
  await runJobs(jobs, {
    program: await program,
    processes: 1,
    minutesMax: Number.POSITIVE_INFINITY,
    isWanted: () => isWanted(results),
    onDelivery: ({ result }) => results.push(result),
  });
  return results;
}
