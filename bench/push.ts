/**
 * How long a change takes from its writer, through the table's stream, the bundled function and a
 * broker, to a watcher in another process that hardly ever polls:
 *
 *   npm run bench -- push                    all sections
 *   npm run bench -- push --quick            in seconds, to see that everything works
 *
 * On one machine: what AWS's own stream, function and broker take comes on top.
 */
import { runBenchmark } from './common/run-benchmark.ts';
import { atLambdasPace, atOnce } from './push/sections.ts';
import { runWatcher } from './push/watcher.ts';

const [, , role, work] = process.argv;
if (role === '--worker') await runWatcher(JSON.parse(work ?? '{}'));
else await runBenchmark('push', [atLambdasPace, atOnce]);
