import { type Job, runJob } from './jobs.ts';

/** Runs the jobs that the parent process sends, one after the other, until it ends this one. */
export function serveJobs(): void {
  process.on('message', (job: Job) => {
    runJob(job).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
