/**
 * What transactions cost, and what becomes of them where many want the same items:
 *
 *   npm run bench -- transaction                  all sections
 *   npm run bench -- transaction contention       one of them
 *   npm run bench -- transaction --quick          in seconds, to see that everything works
 *   npm run bench -- transaction --output FILE    as JSON into a file, the tables on the screen
 *
 * Ends with 1 when a target is missed; with --quick, only when a count is wrong.
 */
import { runBenchmark } from './common/run-benchmark.ts';
import { native } from './transaction/native.ts';
import { contention, cost } from './transaction/sections.ts';

await runBenchmark('transaction', [cost, native, contention]);
