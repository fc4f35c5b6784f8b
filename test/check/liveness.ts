import { failed, passed, type Verdict } from './verdict.ts';

/** Somebody who waits for something: a lock, a leader, a version, an answer. */
export interface Wait {
  readonly waiter: string;
  readonly what: string;
  readonly fromMs: number;
  /** When the wait ended, in whatever way; `Infinity` when it had not. */
  readonly untilMs: number;
  /** When the waiter itself died, which frees it from finishing later than that. */
  readonly crashedMs?: number;
}

export interface LivenessRun {
  readonly waits: readonly Wait[];
  /** From when on there were no faults. */
  readonly calmFromMs: number;
  /** How long the run was watched. */
  readonly endMs: number;
  /** How long a wait may last without faults. */
  readonly withinMs: number;
}

/**
 * Whether, once faults stop, everybody who waits gets an end. Facts judged: waits that lasted into
 * the calm and whose time is over; the others show nothing.
 */
export function checkLiveness(run: LivenessRun): Verdict<'still-waiting'> {
  const due = run.waits.filter((wait) => {
    if (wait.untilMs < run.calmFromMs) return false;
    const watchedMs = Math.min(run.endMs, wait.crashedMs ?? run.endMs);
    return wait.untilMs <= watchedMs || deadlineMs(run, wait) <= watchedMs;
  });
  const late = due.filter((wait) => wait.untilMs > deadlineMs(run, wait));
  if (late.length === 0) return passed(due.length);
  const lines = late.map((wait) => `  ${say(wait)}, due by ${deadlineMs(run, wait)} ms`);
  return failed(
    'still-waiting',
    [`${late.length} of ${due.length} waits did not end in time`, ...lines].join('\n'),
  );
}

function deadlineMs({ calmFromMs, withinMs }: LivenessRun, { fromMs }: Wait): number {
  return Math.max(fromMs, calmFromMs) + withinMs;
}

function say({ waiter, what, fromMs, untilMs }: Wait): string {
  const end = Number.isFinite(untilMs) ? `until ${untilMs} ms` : 'and never stopped';
  return `${waiter} waited for ${what} from ${fromMs} ms ${end}`;
}
