/**
 * What a session saves, in writes counted on virtual time:
 *
 *   npm run bench -- session                 all sections
 *   npm run bench -- session holding         one of them
 *   npm run bench -- session --quick         in seconds, to see that everything works
 *   npm run bench -- session --output FILE   as JSON into a file, the tables on the screen
 *
 * Ends with 1 when a target is missed.
 */
import { runBenchmark } from './common/run-benchmark.ts';
import { holding, takeOver, waiting } from './session/sections.ts';

await runBenchmark('session', [holding, takeOver, waiting]);
