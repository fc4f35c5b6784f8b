import { broken, type Check, held } from '../main-job/check.ts';
import { checksumOf, imageOf } from './image.ts';
import type { EventKind, EventOf, SceneEvent } from './messages.ts';

/** All that the verdict rests on. */
export interface SceneHistory {
  readonly events: readonly SceneEvent[];
  /** What is on the disk of each image server, those of dead ones included, line by line. */
  readonly disks: ReadonlyMap<string, readonly string[]>;
  readonly leaseMs: number;
}

/** A dead server is gone from every view within this many leases. */
const LEASES_TO_DETECT = 3;

/** Judges a run by its history alone. A claim without evidence counts as broken. */
export function judge(history: SceneHistory): Check[] {
  return [
    checkStored(history),
    checkNoneLost(history),
    checkUsed(history),
    checkDetected(history),
    checkRetried(history),
    checkDrained(history),
    checkNoFailure(history),
  ];
}

function checkStored({ events, disks }: SceneHistory): Check {
  const claim = 'every acknowledged upload is on the disk of the server that took it';
  const lines = new Map([...disks].map(([server, stored]) => [server, new Set(stored)]));
  const uploaded = of(events, 'uploaded');
  const missing = uploaded.find(({ server, upload }) => {
    return lines.get(server)?.has(`${upload} ${checksumOf(imageOf(upload))}`) !== true;
  });
  if (missing !== undefined) return broken(claim, `${missing.upload} is not on ${missing.server}`);
  if (uploaded.length === 0) return broken(claim, 'there was none');
  return held(claim, `${uploaded.length} uploads`);
}

function checkNoneLost({ events }: SceneHistory): Check {
  const claim = 'no upload was lost: each that was begun was taken by a server';
  const begun = of(events, 'finished').reduce((sum, { uploads }) => sum + uploads, 0);
  const taken = new Set(of(events, 'uploaded').map(({ upload }) => upload)).size;
  const [lost] = of(events, 'gave-up');
  if (lost !== undefined) return broken(claim, `${lost.process} gave up ${lost.upload}`);
  if (begun === 0 || begun !== taken) return broken(claim, `${begun} begun, ${taken} taken`);
  return held(claim, `${begun} begun, ${taken} taken`);
}

function checkUsed({ events }: SceneHistory): Check {
  const claim = 'every image server that joined was used by every front end';
  const [servers, frontEnds] = [namesOf(events, 'image-server'), namesOf(events, 'front-end')];
  const used = new Set(of(events, 'uploaded').map(({ process, server }) => `${process} ${server}`));
  const ways = frontEnds.flatMap((frontEnd) => servers.map((server) => `${frontEnd} ${server}`));
  const unused = ways.find((way) => !used.has(way));
  if (ways.length === 0 || unused !== undefined) return broken(claim, `not ${unused ?? 'any'}`);
  return held(claim, `${servers.length} servers, ${frontEnds.length} front ends`);
}

function checkDetected({ events, leaseMs }: SceneHistory): Check {
  const claim = `a killed server is out of every view within ${LEASES_TO_DETECT} leases`;
  const frontEnds = namesOf(events, 'front-end');
  const tookMs: number[] = [];
  for (const killed of of(events, 'killed')) {
    for (const frontEnd of frontEnds) {
      const seen = of(events, 'saw').find(
        ({ process, change, member }) =>
          process === frontEnd && change === 'expired' && member === killed.process,
      );
      if (seen === undefined) return broken(claim, `${frontEnd} never saw it of ${killed.process}`);
      tookMs.push(seen.atMs - killed.atMs);
    }
  }
  const longestMs = Math.max(...tookMs);
  const detail = `after ${tookMs.map((ms) => `${(ms / 1_000).toFixed(2)} s`).join(', ')}`;
  if (tookMs.length === 0) return broken(claim, 'none was killed');
  return longestMs <= LEASES_TO_DETECT * leaseMs ? held(claim, detail) : broken(claim, detail);
}

function checkRetried({ events }: SceneHistory): Check {
  const claim = 'what the killed server did not answer was taken by another';
  const killed = new Set(of(events, 'killed').map(({ process }) => process));
  const failed = of(events, 'try-failed').filter(({ server }) => killed.has(server));
  const taken = new Map(of(events, 'uploaded').map(({ upload, server }) => [upload, server]));
  const open = failed.find(({ upload, server }) => (taken.get(upload) ?? server) === server);
  if (open !== undefined) return broken(claim, `not ${open.upload}`);
  if (failed.length === 0) return broken(claim, 'there was no failed try');
  return held(claim, `${failed.length} tries failed`);
}

function checkDrained({ events }: SceneHistory): Check {
  const claim = 'the drained server failed no upload, and left';
  const drained = new Set(of(events, 'asked-to-drain').map(({ process }) => process));
  const failed = of(events, 'try-failed').filter(({ server }) => drained.has(server));
  if (failed.length > 0) return broken(claim, `${failed.length} tries failed`);
  const left = of(events, 'exited').filter(
    ({ process, code }) => drained.has(process) && code === 0,
  );
  if (drained.size === 0 || left.length < drained.size) return broken(claim, 'it did not');
  const count = of(events, 'uploaded').filter(({ server }) => drained.has(server)).length;
  return held(claim, `it had taken ${count}`);
}

function checkNoFailure({ events }: SceneHistory): Check {
  const claim = 'no process failed by itself';
  const [failure] = of(events, 'failed');
  if (failure !== undefined)
    return broken(claim, `${failure.process}: ${failure.message.split('\n')[0]}`);
  return held(claim, `${of(events, 'started').length} processes`);
}

function of<Kind extends EventKind>(events: readonly SceneEvent[], kind: Kind): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.kind === kind);
}

function namesOf(events: readonly SceneEvent[], role: 'image-server' | 'front-end'): string[] {
  return of(events, 'started')
    .filter((event) => event.role === role)
    .map(({ process }) => process);
}
