import { setTimeout as delay } from 'node:timers/promises';
import { isHoldfastError } from 'holdfast';
import type { Config } from 'holdfast/config';
import { broken, type Check, held } from '../main-job/check.ts';
import { machineMs } from '../main-job/clock.ts';
import type { Fleet } from './fleet.ts';
import { type Limits, POLL_MS } from './limits.ts';
import type { Story } from './story.ts';

/** What the scenes play with. */
export interface Stage {
  readonly fleet: Fleet;
  readonly story: Story;
  /** As the servers and a careful operator see it: with the schema. */
  readonly limits: Config<Limits>;
  /** As a tool sees it that knows nothing of the schema. */
  readonly unchecked: Config<unknown>;
  /** For how long to wait for rejections. */
  readonly patienceMs: number;
}

/** A poll, and a busy machine. */
const SPREAD_MS_MAX = POLL_MS + 2_000;
const HOUR_MS = 3_600_000;

/** The limit is changed while everybody works. */
export async function changeLive({ fleet, story, limits }: Stage): Promise<Check[]> {
  story.tell('operator', 'publishes a limit of 20', 'cyan');
  const { version } = await limits.publish({ uploads: 20 }, { note: 'the new disks are in' });
  const publishedMs = machineMs();
  const isThere = await fleet.until((name) => fleet.versionOf(name) === version);
  const times = fleet.names.flatMap((name) =>
    fleet
      .of(name)
      .flatMap((each) => (each.kind === 'runs' && each.version === version ? each : [])),
  );
  const lastMs = Math.max(...times.map(({ atMs }) => atMs)) - publishedMs;
  story.tell('fleet', `all ${times.length} run version ${version}: ${span(lastMs)} for the last`);
  const claim = 'a change reaches every server without a restart';
  const isRight = isThere && times.every(({ uploads }) => uploads === 20);
  const detail = `the last of ${fleet.names.length} after ${span(lastMs)}, polls of ${POLL_MS} ms`;
  return [isRight && lastMs < SPREAD_MS_MAX ? held(claim, detail) : broken(claim, detail)];
}

/** A bad value is refused where it is published, and again where it would be read. */
export async function refuseBadValue(stage: Stage): Promise<Check[]> {
  const { fleet, story, limits, unchecked } = stage;
  const before = (await limits.get({ maxAgeMs: 0 })).version;
  story.tell('operator', 'publishes a limit of -5', 'cyan');
  const refusal = await limits.publish({ uploads: -5 }).catch((error: unknown) => error);
  const message = refusal instanceof Error ? refusal.message : 'it went through';
  story.tell('schema', `refuses it: ${message}`, 'yellow');
  const isRefused = isHoldfastError(refusal, 'config-invalid');
  const refused = 'a bad value is refused where it is published';
  const first = isRefused ? held(refused, message) : broken(refused, message);

  story.tell('tool', 'publishes a limit of -7, past the schema', 'red');
  const { version } = await unchecked.publish({ uploads: -7 });
  const rejects = (name: string) =>
    fleet.of(name).some((each) => each.kind === 'rejects' && each.version === version);
  const allReject = await fleet.until(rejects, fleet.names, stage.patienceMs);
  const what = allReject ? `every server rejects` : 'not every server rejects';
  story.tell('fleet', `${what} version ${version}; it has ${before}`, 'yellow');
  const timeoutMs = stage.patienceMs;
  const outcome = await limits.converged({ version, onReject: 'rollback', timeoutMs });
  const newest = version + 1;
  if (outcome.outcome === 'rejected') {
    story.tell('operator', `sees the first rejection: version ${newest} repeats ${before}`, 'cyan');
  }
  const hasFollowed = (name: string) => fleet.versionOf(name) === newest;
  const isBack = await fleet.until(hasFollowed, fleet.names, stage.patienceMs);
  const rolledBack = 'a bad version from elsewhere is rejected, and rolled back';
  const detail = `${fleet.names.length} servers, ${outcome.outcome}; version ${newest} follows`;
  const isRight = allReject && isBack && outcome.outcome === 'rejected';
  return [first, isRight ? held(rolledBack, detail) : broken(rolledBack, detail)];
}

/** A new limit reaches half of the fleet, is aborted, and everybody is back. */
export async function rollOut(stage: Stage): Promise<Check[]> {
  const { fleet, story, limits } = stage;
  const before = (await limits.get({ maxAgeMs: 0 })).version;
  const { version, chosen } = await beginRollout(fleet, limits);
  story.tell('operator', `rolls version ${version} out to half of the fleet`, 'cyan');
  const isThere = await fleet.until((name) => fleet.versionOf(name) === version, chosen);
  // Whoever is not meant to change over had the time to do it all the same.
  await delay(2 * POLL_MS);
  const reached = fleet.running(version);
  const share = `${reached.length} of ${fleet.names.length}`;
  story.tell('fleet', `${share} run version ${version}, the others ${before}`);
  const rollout = 'a rollout reaches half of the fleet: just those that its hash names';
  const isExact = isThere && [...reached].sort().join() === [...chosen].sort().join();
  const first = isExact
    ? held(rollout, share)
    : broken(rollout, `${share}, named ${chosen.length}`);

  story.tell('operator', 'aborts it: one write', 'cyan');
  const abortedMs = machineMs();
  await limits.rollout.abort();
  const isBack = await fleet.until((name) => fleet.versionOf(name) === before);
  const tookMs = machineMs() - abortedMs;
  story.tell('fleet', `everybody is back at version ${before}, after ${span(tookMs)}`);
  const { outcome, applied } = await limits.converged({
    version: before,
    timeoutMs: stage.patienceMs,
  });
  const back = 'aborted, it leaves nobody behind';
  const detail = `${applied} report version ${before}, the last after ${span(tookMs)}`;
  const isRight = isBack && outcome === 'converged' && applied === fleet.names.length;
  return [first, isRight ? held(back, detail) : broken(back, detail)];
}

/** Begins a rollout that is for some and not for all, and says for whom. */
async function beginRollout(fleet: Fleet, limits: Config<Limits>) {
  const schedule = { kind: 'steps', steps: [{ percent: 50, forMs: HOUR_MS }] } as const;
  for (;;) {
    const options = { rollout: { schedule }, supersede: true, note: 'twice as many?' };
    const { version } = await limits.publish({ uploads: 50 }, options);
    const chosen: string[] = [];
    for (const name of fleet.names) {
      if ((await limits.valueFor(name)).version === version) chosen.push(name);
    }
    // Each server is for itself: now and then the draw has all of them, or none.
    if (chosen.length > 0 && chosen.length < fleet.names.length) return { version, chosen };
    await limits.rollout.abort();
  }
}

function span(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}
