/**
 * How fast names and numbers are given, and whether any is given twice:
 *
 *   npm run bench -- naming                  all sections
 *   npm run bench -- naming speed            one of them
 *   npm run bench -- naming --quick          in seconds, to see that everything works
 *   npm run bench -- naming --output FILE    as JSON into a file, the tables on the screen
 *
 * Ends with 1 when a target is missed; with --quick, only when a count is wrong.
 */
import { runBenchmark } from './common/run-benchmark.ts';
import { hostileClocks, numbers, speed, uniqueness } from './naming/sections.ts';
import { runWorker } from './naming/worker.ts';

const [, , role, work] = process.argv;
if (role === '--worker') await runWorker(JSON.parse(work ?? '{}'));
else await runBenchmark('naming', [speed, uniqueness, numbers, hostileClocks]);
