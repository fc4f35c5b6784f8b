import { type Job, type JobResult, runJob } from './jobs.ts';

/** What a process sends home: a result, and what it cost. */
export interface Delivery<Result extends JobResult = JobResult> {
  readonly result: Result;
  readonly cpuSeconds: number;
  /** The most memory that the process has had so far. */
  readonly peakMegabytes: number;
}

/** Runs the jobs that the parent process sends, one after the other, until it ends this one. */
export function serveJobs(): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (job: Job) => {
    const before = process.cpuUsage();
    runJob(job).then(
      (result) => {
        const { user, system } = process.cpuUsage(before);
        const cpuSeconds = (user + system) / 1_000_000;
        const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1_024);
        process.send?.({ result, cpuSeconds, peakMegabytes } satisfies Delivery);
      },
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
