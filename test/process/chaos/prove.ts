import { parseArgs } from 'node:util';
import { runChaos } from './rounds.ts';

/**
 * The long form of the process tests: `node scripts/run.mjs test/process/chaos/prove.ts`. Prints
 * what it found as JSON, and fails unless every history is in order and every late write was
 * refused.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '300' },
    stops: { type: 'string', default: '150' },
    arenas: { type: 'string', default: '8' },
  },
});
const plan = {
  kills: Number(values.kills),
  stops: Number(values.stops),
  arenas: Number(values.arenas),
};
const beganMs = performance.now();
const { verdicts, ...figures } = await runChaos(plan);
const violations = verdicts.filter(({ ok }) => !ok);
const seconds = Math.round((performance.now() - beganMs) / 1_000);
console.log(JSON.stringify({ ...figures, violations, seconds }, null, 2));
const isProven = violations.length === 0 && figures.lateWritesKeptOut === plan.stops;
process.exit(isProven ? 0 : 1);
