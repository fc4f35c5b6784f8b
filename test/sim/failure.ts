import { execFileSync } from 'node:child_process';
import { EVERY_WORKLOAD } from './catalogue.ts';
import { type RunOptions, type RunReport, runSeed } from './run.ts';

/** How many lines of the trace a report of a failure ends with. */
const TAIL_LINES = 40;

export interface SeedOptions {
  readonly workload: string;
  readonly seed: number;
  readonly operations: number;
}

/**
 * Runs a seed twice and requires the same of both. A difference is a failure by itself: of a
 * harness that cannot be trusted, or of a library that draws on time or chance behind its back.
 */
export async function runTwice(options: SeedOptions): Promise<RunReport> {
  const run = runOptions(options);
  const report = await runSeed(run);
  const again = await runSeed(run);
  if (again.hash === report.hash || report.failure !== undefined) return report;
  const explanation = `trace ${report.hash} the first time, ${again.hash} the second`;
  return { ...report, failure: { name: 'determinism', explanation } };
}

/** Everything that somebody needs who wants to see a failure himself. */
export async function describeFailure(options: SeedOptions, report: RunReport): Promise<string> {
  const { failure } = report;
  if (failure === undefined) return 'no failure';
  const { workload, seed, operations } = options;
  const events = await shortestFailingPrefix(runOptions(options), report.events);
  const lines: string[] = [];
  const onLine = (line: string) => {
    lines.push(line);
    if (lines.length > TAIL_LINES) lines.shift();
  };
  await runSeed({ ...runOptions(options), eventsMax: events, onLine });
  const command = `npm run sim -- --workload ${workload} --seed ${seed} --operations ${operations}`;
  return [
    `workload ${workload}, seed ${seed}, commit ${commit()}: ${failure.name}`,
    failure.explanation,
    events === undefined
      ? `shows at the end of the run, after ${report.events} events`
      : `shortest failing prefix: ${events} of ${report.events} events`,
    `replay: ${command} --trace${events === undefined ? '' : ` --events ${events}`}`,
    `the last ${lines.length} events of it:`,
    ...lines.map((line) => `  ${line}`),
  ].join('\n');
}

/**
 * After how many events the failure first shows, by bisection: what is wrong in a prefix is wrong
 * in every longer one. Undefined when it takes the end of the run, as a missed deadline does.
 */
async function shortestFailingPrefix(
  options: RunOptions,
  eventsOfRun: number,
): Promise<number | undefined> {
  const fails = async (eventsMax: number) =>
    (await runSeed({ ...options, eventsMax })).failure !== undefined;
  if (!(await fails(eventsOfRun))) return undefined;
  let good = 0;
  let bad = eventsOfRun;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (await fails(middle)) bad = middle;
    else good = middle;
  }
  return bad;
}

export function runOptions({ workload, seed, operations }: SeedOptions): RunOptions {
  const factory = EVERY_WORKLOAD[workload];
  if (factory === undefined) throw new Error(`no workload is called ${workload}`);
  return { seed, operations, workload: factory };
}

function commit(): string {
  try {
    const head = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
    const changes = execFileSync('git', ['status', '--porcelain', 'lib'], { encoding: 'utf8' });
    return changes === '' ? head : `${head} with changes in lib`;
  } catch {
    return 'unknown';
  }
}
