/**
 * How fast a change of a configuration reaches everybody, and what it costs:
 *
 *   npm run bench -- config                  all sections
 *   npm run bench -- config spread           one of them
 *   npm run bench -- config --quick          in seconds, to see that everything works
 *   npm run bench -- config --output FILE    as JSON into a file, the tables on the screen
 *
 * Ends with 1 when a target is missed; with --quick, only when a count is wrong.
 */
import { runBenchmark } from './common/run-benchmark.ts';
import { runReader } from './config/reader.ts';
import { costs, hints, publishers, spread } from './config/sections.ts';

const [, , role, work] = process.argv;
if (role === '--worker') await runReader(JSON.parse(work ?? '{}'));
else await runBenchmark('config', [costs, spread, hints, publishers]);
