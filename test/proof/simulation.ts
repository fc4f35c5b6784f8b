import { WORKLOAD_NAMES } from '../sim/catalogue.ts';
import { describeFailure, runTwice } from '../sim/failure.ts';
import { count, emptyTally, idleAdversities } from '../sim/tally.ts';
import type { Part } from './part.ts';

const OPERATIONS = 3_000;
/** Beyond the seeds of every `npm test`. */
const FIRST_SEED = 1_000_001;

/** Seed after seed of every workload in turn, each twice, until the time is over. */
export const proveSimulation: Part = async ({ seconds, progress }) => {
  const tally = emptyTally();
  const violations: string[] = [];
  const endMs = performance.now() + seconds * 1_000;
  for (let seed = FIRST_SEED; performance.now() < endMs; seed += 1) {
    for (const name of WORKLOAD_NAMES) {
      const options = { workload: name, seed, operations: OPERATIONS };
      const report = await runTwice(options);
      count(tally, report);
      if (report.failure === undefined) continue;
      violations.push(`${name}: ${await describeFailure(options, report)}`);
    }
    progress(`${tally.seeds} seeds, ${tally.operations} operations`);
  }
  const { seeds, operations, virtualHours, histories, facts, adversities } = tally;
  const faults = Object.fromEntries(
    Object.entries(adversities).map(([name, { hits }]) => [name, hits]),
  );
  return {
    figures: {
      seeds,
      operations,
      virtualHours: Math.round(virtualHours),
      histories,
      facts,
      faults,
    },
    violations: [...violations, ...idleAdversities(tally).map((name) => `never hit: ${name}`)],
  };
};
