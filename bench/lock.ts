/**
 * What a lock costs, in requests, units and time:
 *
 *   npm run bench -- lock                    all sections
 *   npm run bench -- lock contention burst   some of them
 *   npm run bench -- lock --quick            in seconds, to see that everything works
 *   npm run bench -- lock --json             as JSON
 *   npm run bench -- lock --output FILE      as JSON into a file, the tables on the screen
 *
 * Ends with 1 when a target is missed; with --quick, only when a count is wrong.
 */
import { runBenchmark } from './common/run-benchmark.ts';
import { burst } from './lock/burst.ts';
import { contention } from './lock/contention.ts';
import { deadHolder } from './lock/dead-holder.ts';
import { idle } from './lock/idle.ts';
import { sdkShare } from './lock/sdk-share.ts';
import { several } from './lock/several.ts';
import { uncontended } from './lock/uncontended.ts';

await runBenchmark('lock', [uncontended, sdkShare, several, deadHolder, contention, burst, idle]);
