import { type ChildProcess, fork } from 'node:child_process';
import type { Job } from './jobs.ts';
import type { Delivery } from './worker.ts';

export interface PoolOptions {
  /** The program of a process: one that calls `serveJobs`. */
  readonly program: string;
  readonly processes: number;
  /** No job begins after this many minutes. What has begun is finished. */
  readonly minutesMax: number;
  /** Asked when a job's turn has come; one that is not wanted any more is dropped. */
  readonly isWanted: (job: Job) => boolean;
  readonly onDelivery: (delivery: Delivery) => void;
}

/** For many short-lived objects: a larger nursery saves a tenth, and one thread cleans up. */
const NODE_FLAGS = ['--max-semi-space-size=64', '--single-threaded-gc'];

/** Runs jobs in several processes. Returns those for which there was no time. */
export async function runJobs(jobs: readonly Job[], options: PoolOptions): Promise<readonly Job[]> {
  const waiting = [...jobs];
  const endMs = Date.now() + options.minutesMax * 60_000;
  const next = (): Job | undefined => {
    if (Date.now() >= endMs) return undefined;
    const job = waiting.shift();
    return job === undefined || options.isWanted(job) ? job : next();
  };
  const runAll = async () => {
    const child = fork(options.program, [], { execArgv: NODE_FLAGS });
    try {
      for (let job = next(); job !== undefined; job = next()) {
        options.onDelivery(await runIn(child, job));
      }
    } finally {
      child.kill();
    }
  };
  await Promise.all(Array.from({ length: options.processes }, runAll));
  return waiting.filter((job) => options.isWanted(job));
}

function runIn(child: ChildProcess, job: Job): Promise<Delivery> {
  return new Promise((resolve, reject) => {
    const fail = (code: number | null) => {
      reject(new Error(`a process ended with ${code} at ${JSON.stringify(job)}`));
    };
    child.once('exit', fail);
    child.once('message', (delivery) => {
      child.off('exit', fail);
      resolve(delivery as Delivery);
    });
    child.send(job);
  });
}
