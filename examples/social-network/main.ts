/**
 * The social network: front ends send their users' pictures to image servers, which they know by a
 * group. Servers are added under load, one is killed, one is drained. `--quick` takes less time.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Holdfast } from 'holdfast';
import { startLocalTable } from 'holdfast/local';
import { machineMs } from '../main-job/clock.ts';
import { standardOutput } from '../main-job/paper.ts';
import { writeEnd, writeVerdict } from '../main-job/report.ts';
import { brokenOff } from '../main-job/verdict.ts';
import { Crew } from './crew.ts';
import type { SceneEvent } from './messages.ts';
import { Timeline } from './timeline.ts';
import { judge } from './verdict.ts';

const LEASE_MS = 2_000;
const PACE = { leaseMs: LEASE_MS, pollMs: 200, sweepMs: 650, requestTimeoutMs: 600 };
const TABLE = 'coordination';
/** For machines that are busy: on an idle one each step takes a tenth of this. */
const STEP_LIMIT_MS = 12_000;
const FRONT_ENDS = ['web-1', 'web-2'] as const;
const SERVERS = ['img-1', 'img-2', 'img-3', 'img-4'] as const;

// The SDK's notice about old versions of Node would appear once a process.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
process.exitCode = await main(process.argv.slice(2));

async function main(options: readonly string[]): Promise<number> {
  const unknown = options.find((option) => option !== '--quick');
  if (unknown !== undefined) {
    process.stderr.write(`unknown option ${unknown}; there is --quick\n`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-social-network-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await using local = await startLocalTable();
  const clientConfig = { ...local.clientConfig };
  await using holdfast = new Holdfast({ table: TABLE, clientConfig });
  await holdfast.createTable();
  // Awaited here: the table must outlive the run.
  return await run({ table: TABLE, namespace: 'photos', clientConfig, ...PACE }, folder, {
    pauseMs: options.includes('--quick') ? 400 : 1_500,
  });
}

async function run(
  settings: ConstructorParameters<typeof Crew>[0],
  folder: string,
  { pauseMs }: { readonly pauseMs: number },
): Promise<number> {
  const paper = standardOutput();
  const startMs = machineMs();
  const timeline = new Timeline(paper, startMs);
  const crew = new Crew(settings, folder, (event) => timeline.show(event));
  process.once('exit', () => crew.killAll());
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  paper.write(paper.style('bold', 'Social network'));
  paper.write('Front ends upload pictures to image servers, which they know by a group. Servers');
  paper.write(`come and go; leases last ${LEASE_MS / 1_000} s; times in seconds.`);
  paper.write('');
  const breakage = await play(crew, pauseMs).catch((error: unknown) => String(error));
  await finish(crew);
  timeline.end(machineMs());
  const disks = new Map(SERVERS.map((name) => [name, linesOf(crew.disk(name))]));
  const checks = judge({ events: crew.events, disks, leaseMs: LEASE_MS });
  if (breakage !== undefined) checks.unshift(brokenOff(breakage));
  writeVerdict(paper, checks);
  writeEnd(paper, checks, machineMs() - startMs);
  return checks.every((check) => check.held) ? 0 : 1;
}

/** What happens, step by step. Returns why it broke off, if it did. */
async function play(crew: Crew, pauseMs: number): Promise<string | undefined> {
  const [first, second, third, fourth] = SERVERS;
  const steps: readonly (() => Promise<string | undefined>)[] = [
    () => startAll(crew, 'image-server', [first, second]),
    () => startAll(crew, 'front-end', FRONT_ENDS),
    () => isUsed(crew, first),
    () => isUsed(crew, second),
    () => add(crew, third, pauseMs),
    async () => {
      await delay(pauseMs);
      crew.kill(first);
      return isSeen(crew, first, 'expired');
    },
    () => add(crew, fourth, pauseMs / 2),
    async () => {
      await delay(pauseMs);
      crew.tell(second, { kind: 'drain' });
      const hasLeft = (events: readonly SceneEvent[]) =>
        events.some(({ kind, process }) => kind === 'exited' && process === second);
      if (!(await crew.until(hasLeft, STEP_LIMIT_MS))) return `${second} does not leave`;
      return isSeen(crew, second, 'left');
    },
  ];
  for (const step of steps) {
    const breakage = await step();
    if (breakage !== undefined) return breakage;
  }
  await delay(pauseMs / 2);
  return undefined;
}

async function add(crew: Crew, name: string, afterMs: number): Promise<string | undefined> {
  await delay(afterMs);
  return (await startAll(crew, 'image-server', [name])) ?? isUsed(crew, name);
}

async function startAll(
  crew: Crew,
  role: 'image-server' | 'front-end',
  names: readonly string[],
): Promise<string | undefined> {
  for (const name of names) crew.start(role, name);
  const areReady = (events: readonly SceneEvent[]) =>
    names.every((name) => events.some((each) => each.kind === 'ready' && each.process === name));
  return (await crew.until(areReady, STEP_LIMIT_MS)) ? undefined : `${names} are not ready`;
}

async function isUsed(crew: Crew, server: string): Promise<string | undefined> {
  const isIt = (events: readonly SceneEvent[]) =>
    FRONT_ENDS.every((frontEnd) =>
      events.some(
        (each) => each.kind === 'uploaded' && each.process === frontEnd && each.server === server,
      ),
    );
  return (await crew.until(isIt, STEP_LIMIT_MS)) ? undefined : `${server} is not used`;
}

async function isSeen(
  crew: Crew,
  member: string,
  change: 'expired' | 'left',
): Promise<string | undefined> {
  const isIt = (events: readonly SceneEvent[]) =>
    FRONT_ENDS.every((frontEnd) =>
      events.some(
        (each) =>
          each.kind === 'saw' &&
          each.process === frontEnd &&
          each.member === member &&
          each.change === change,
      ),
    );
  return (await crew.until(isIt, STEP_LIMIT_MS)) ? undefined : `${member} is not seen as ${change}`;
}

/** Front ends first, so that no upload meets a server that is leaving with the scene. */
async function finish(crew: Crew): Promise<void> {
  for (const names of [FRONT_ENDS, SERVERS]) {
    const present = names.filter((name) => isRunning(crew.events, name));
    for (const name of present) crew.tell(name, { kind: 'finish' });
    const areGone = (events: readonly SceneEvent[]) =>
      !present.some((name) => isRunning(events, name));
    if (!(await crew.until(areGone, STEP_LIMIT_MS))) crew.killAll();
  }
}

function isRunning(events: readonly SceneEvent[], name: string): boolean {
  const own = events.filter(({ process }) => process === name);
  return own.length > 0 && !own.some(({ kind }) => kind === 'exited');
}

function linesOf(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
}
