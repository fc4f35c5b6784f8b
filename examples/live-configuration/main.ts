/**
 * Live configuration: a running fleet of processes changes its limit, a bad one is refused, and a
 * staged rollout reaches half of the fleet and is aborted. Less than 15 seconds. `--quick` takes
 * less servers; `--without-schema` lets them read what they get, and must fail.
 */
import { Holdfast } from 'holdfast';
import { config } from 'holdfast/config';
import { startLocalTable } from 'holdfast/local';
import { broken, type Check, held } from '../main-job/check.ts';
import { machineMs } from '../main-job/clock.ts';
import { standardOutput } from '../main-job/paper.ts';
import { writeEnd, writeVerdict } from '../main-job/report.ts';
import { Fleet, PATIENCE_MS } from './fleet.ts';
import { limitsSchema, POLL_MS, REQUEST_TIMEOUT_MS, type ServerReport } from './limits.ts';
import { startNews } from './news.ts';
import { changeLive, refuseBadValue, rollOut, type Stage } from './scenes.ts';
import { Story } from './story.ts';

const TABLE = 'coordination';
const SERVERS = 8;
const SERVERS_QUICK = 4;
const ALLOWED = [10, 20, 50];
/** Where no rejection is to be expected. */
const PATIENCE_UNCHECKED_MS = 2_000;
const paper = standardOutput();

// The SDK's notice about old versions of Node would appear once a process.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const servers = process.argv.includes('--quick') ? SERVERS_QUICK : SERVERS;
const checked = !process.argv.includes('--without-schema');
process.exitCode = await main();

async function main(): Promise<number> {
  const startMs = machineMs();
  await using local = await startLocalTable();
  const clientConfig = { ...local.clientConfig };
  await using holdfast = new Holdfast({
    table: TABLE,
    clientConfig,
    label: 'operator',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  await holdfast.createTable();
  await using news = await startNews(local, TABLE);
  paper.write(paper.style('bold', 'Live configuration'));
  paper.write(
    `${servers} servers follow one document, polling every ${POLL_MS} ms. Times in seconds.`,
  );
  paper.write(`On a local table in this process (dynalite, ${local.endpoint}).`);
  if (!checked) paper.write(paper.style('red', 'Servers WITHOUT the schema: this run must fail.'));
  paper.write('');

  const story = new Story(paper, startMs);
  const patienceMs = checked ? PATIENCE_MS : PATIENCE_UNCHECKED_MS;
  const fleet = new Fleet((name, report) => tellReport(story, name, report));
  process.once('exit', () => fleet.killAll());
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const limits = config(holdfast, 'limits', { schema: limitsSchema, pollMs: POLL_MS });
  const unchecked = config(holdfast, 'limits');
  const stage: Stage = { fleet, story, limits, unchecked, patienceMs };

  await limits.publish({ uploads: 10 }, { note: 'the beginning' });
  await limits.ready();
  for (let number = 1; number <= servers; number += 1) {
    fleet.start({ name: `server-${number}`, table: TABLE, clientConfig, checked });
  }
  await fleet.until((name) => fleet.versionOf(name) === 1);
  const checks = await play(stage).catch((error: unknown) => [
    broken('the run came to its end', error instanceof Error ? error.message : String(error)),
  ]);
  await fleet.finish();
  checks.push(checkUse(fleet));
  const [newest] = await limits.history({ limit: 1 });
  checks.push(await news.check(newest?.version ?? 0));
  writeVerdict(paper, checks);
  writeEnd(paper, checks, machineMs() - startMs);
  return checks.every((check) => check.held) ? 0 : 1;
}

async function play(stage: Stage): Promise<Check[]> {
  return [
    ...(await changeLive(stage)),
    ...(await refuseBadValue(stage)),
    // What follows is about a fleet at a good version.
    ...(checked ? await rollOut(stage) : []),
  ];
}

/** What the servers have really worked with, piece by piece. */
function checkUse(fleet: Fleet): Check {
  const claim = 'no server ever worked with a limit that was refused';
  const used = fleet.names.map((name) => {
    const report = fleet.of(name).findLast((each) => each.kind === 'finished');
    return report?.used;
  });
  const all = [...new Set(used.flatMap((each) => each ?? []))].sort((one, other) => one - other);
  const isRight = used.every((each) => each?.every((limit) => ALLOWED.includes(limit)));
  const detail = `used: ${all.join(', ')}`;
  // A server that did not come to its end has not told what it did.
  return isRight && used.every(Boolean) ? held(claim, detail) : broken(claim, detail);
}

function tellReport(story: Story, name: string, report: ServerReport): void {
  if (report.kind === 'failed') story.tell(name, `failed: ${report.message}`, 'red');
  else if (report.kind === 'rejects') {
    story.tell(name, `rejects version ${report.version}: ${report.issue}`, 'dim');
  } else if (report.kind === 'runs') {
    story.tell(name, `runs version ${report.version}, ${report.uploads} uploads`, 'dim');
  }
}
