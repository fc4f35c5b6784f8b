import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runChaos } from '../process/chaos/rounds.ts';

/**
 * The long form of the process tests: `npm run proof:processes`, about five minutes on an idle
 * machine of two cores. Keeps what it found in `docs/proof-processes.json`, and fails unless
 * every history is in order and every late write was kept out.
 */
const PATH = 'docs/proof-processes.json';

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
const violations = verdicts.flatMap((verdict) => (verdict.ok ? [] : [verdict.explanation]));
const result = {
  date: new Date().toISOString().slice(0, 10),
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  node: process.version,
  seconds: Math.round((performance.now() - beganMs) / 1_000),
  ...figures,
  violations,
};
console.log(result);
writeFileSync(PATH, `${JSON.stringify(result, null, 2)}\n`);
process.exit(violations.length === 0 && figures.lateWritesKeptOut === plan.stops ? 0 : 1);
