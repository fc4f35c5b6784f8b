import { parseArgs } from 'node:util';
import { EVERY_WORKLOAD } from './catalogue.ts';
import { describeFailure, runTwice } from './failure.ts';
import { runSeed } from './run.ts';
import { count, emptyTally, idleAdversities } from './tally.ts';
import type { WorkloadFactory } from './workload.ts';

const USAGE = `npm run sim -- [--workload NAME] [--seed N | --seeds FROM..TO] [--operations N]
               [--trace] [--events N]

--workload    ${Object.keys(EVERY_WORKLOAD).join(', ')} (lock)
--seed        replays one seed; without it and without --seeds, a new one is chosen
--seeds       runs all seeds of a range, both ends included, each twice
--operations  requests before the storm ends (3000)
--trace       prints every event of the one seed
--events      stops after so many events`;

const { values } = parseArgs({
  options: {
    workload: { type: 'string', default: 'lock' },
    seed: { type: 'string' },
    seeds: { type: 'string' },
    operations: { type: 'string', default: '3000' },
    trace: { type: 'boolean', default: false },
    events: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const { workload } = values;
const operations = Number(values.operations);
const factory = EVERY_WORKLOAD[workload];
if (values.help || factory === undefined || !(operations > 0)) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}
process.exitCode = (await (values.trace ? traceOne(factory) : runAll())) ? 0 : 1;

async function traceOne(workload: WorkloadFactory): Promise<boolean> {
  const seed = Number(values.seed ?? 1);
  const eventsMax = values.events === undefined ? undefined : Number(values.events);
  const onLine = (line: string) => console.log(line);
  const report = await runSeed({ seed, operations, workload, eventsMax, onLine });
  console.log(report);
  return report.failure === undefined;
}

async function runAll(): Promise<boolean> {
  const [from, to] = seedRange();
  const tally = emptyTally();
  let failures = 0;
  for (let seed = from; seed <= to; seed += 1) {
    const options = { workload, seed, operations };
    const report = await runTwice(options);
    count(tally, report);
    if (report.failure === undefined) continue;
    failures += 1;
    console.error(`${await describeFailure(options, report)}\n`);
  }
  const { adversities, ...sums } = tally;
  console.log(sums);
  console.table(adversities);
  const idle = idleAdversities(tally);
  if (idle.length > 0) console.log(`did not happen: ${idle.join(', ')}`);
  console.log(`${failures} of ${tally.seeds} seeds failed`);
  return failures === 0;
}

function seedRange(): [number, number] {
  if (values.seeds === undefined) {
    const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
    return [seed, seed];
  }
  const [from, to] = values.seeds.split('..').map(Number);
  if (from === undefined || to === undefined || !(from <= to)) {
    console.log(USAGE);
    process.exit(2);
  }
  return [from, to];
}
