/**
 * What a group costs, how fast a death is known everywhere, and how large a group may be:
 *
 *   npm run bench -- group                  all sections
 *   npm run bench -- group detection        one of them
 *   npm run bench -- group --quick          in seconds, to see that everything works
 *   npm run bench -- group --output FILE    as JSON into a file, the tables on the screen
 *
 * Ends with 1 when a target is missed; with --quick, only when a count is wrong.
 */
import { runBenchmark } from './common/run-benchmark.ts';
import { cost } from './group/cost.ts';
import { detection, runMember } from './group/detection.ts';
import { picks } from './group/picks.ts';
import { sizes } from './group/sizes.ts';

const [, , role, work] = process.argv;
if (role === '--member') await runMember(JSON.parse(work ?? '{}'));
else await runBenchmark('group', [cost, detection, sizes, picks]);
