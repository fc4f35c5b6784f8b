import { type ChildProcess, fork } from 'node:child_process';
import type { Job, ResultOf } from './jobs.ts';
import type { Delivery } from './worker.ts';

export interface PoolOptions<Some extends Job> {
  /** The program of a process: one that calls `serveJobs`. */
  readonly program: string;
  readonly processes: number;
  /** No job begins after this many minutes. What has begun is finished. */
  readonly minutesMax: number;
  /** Which of the jobs that wait comes next. `undefined`: none of them is wanted any more. */
  readonly choose: (waiting: readonly Some[]) => Some | undefined;
  readonly onDelivery: (delivery: Delivery<ResultOf<Some>>) => void;
}

/** For many short-lived objects: a larger nursery saves a tenth, and one thread cleans up. */
export const NODE_FLAGS = ['--max-semi-space-size=64', '--single-threaded-gc'];

/** Runs jobs in several processes. Returns those for which there was no time. */
export async function runJobs<Some extends Job>(
  jobs: readonly Some[],
  options: PoolOptions<Some>,
): Promise<readonly Some[]> {
  const waiting = new Set(jobs);
  const endMs = Date.now() + options.minutesMax * 60_000;
  const next = (): Some | undefined => {
    if (Date.now() >= endMs) return undefined;
    const job = options.choose([...waiting]);
    if (job !== undefined) waiting.delete(job);
    return job;
  };
  const runAll = async () => {
    const process = new JobProcess(options.program);
    try {
      for (let job = next(); job !== undefined; job = next()) {
        options.onDelivery(await process.run(job));
      }
    } finally {
      process.end();
    }
  };
  await Promise.all(Array.from({ length: options.processes }, runAll));
  return [...waiting];
}

/** A process that runs one job after the other, and ends with the one that began it. */
export class JobProcess {
  readonly #child: ChildProcess;

  constructor(program: string) {
    this.#child = fork(program, [], { execArgv: NODE_FLAGS });
    // Waiting for a job keeps it alive, and nobody else.
    this.#child.unref();
    this.#child.channel?.unref();
  }

  run<Some extends Job>(job: Some): Promise<Delivery<ResultOf<Some>>> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#child.channel?.unref();
        this.#child.off('exit', fail);
        this.#child.off('message', receive);
      };
      const fail = (code: number | null) => {
        settle();
        reject(new Error(`a process ended with ${code} at ${JSON.stringify(job)}`));
      };
      const receive = (delivery: unknown) => {
        settle();
        resolve(delivery as Delivery<ResultOf<Some>>);
      };
      this.#child.on('exit', fail);
      this.#child.on('message', receive);
      this.#child.channel?.ref();
      this.#child.send(job);
    });
  }

  end(): void {
    this.#child.kill();
  }
}
