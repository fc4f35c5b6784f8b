import { type Job, type JobResult, runJob } from './jobs.ts';

/** What a process sends home: a result, and what it cost. */
export interface Delivery {
  readonly result: JobResult;
  readonly cpuSeconds: number;
}

/** Runs the jobs that the parent process sends, one after the other, until it ends this one. */
export function serveJobs(): void {
  process.on('message', (job: Job) => {
    const before = process.cpuUsage();
    runJob(job).then(
      (result) => {
        const { user, system } = process.cpuUsage(before);
        process.send?.({ result, cpuSeconds: (user + system) / 1_000_000 } satisfies Delivery);
      },
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
