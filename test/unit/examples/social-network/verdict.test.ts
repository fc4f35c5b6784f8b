import { describe, expect, test } from 'vitest';
import { checksumOf, imageOf } from '../../../../examples/social-network/image.ts';
import type { SceneEvent } from '../../../../examples/social-network/messages.ts';
import { judge, type SceneHistory } from '../../../../examples/social-network/verdict.ts';

const line = (upload: string) => `${upload} ${checksumOf(imageOf(upload))}`;

function uploaded(process: string, upload: string, server: string, tries = 1): SceneEvent {
  return { kind: 'uploaded', atMs: 10, process, upload, server, tries };
}

/** One front end and two servers: `a` is killed with an upload under way, `b` is drained. */
const EVENTS: readonly SceneEvent[] = [
  { kind: 'started', role: 'image-server', atMs: 0, process: 'a' },
  { kind: 'started', role: 'image-server', atMs: 0, process: 'b' },
  { kind: 'started', role: 'front-end', atMs: 0, process: 'web' },
  uploaded('web', 'one', 'a'),
  { kind: 'killed', atMs: 20, process: 'a' },
  { kind: 'exited', atMs: 21, process: 'a', code: null },
  { kind: 'try-failed', atMs: 22, process: 'web', upload: 'two', server: 'a' },
  uploaded('web', 'two', 'b', 2),
  { kind: 'saw', atMs: 1_020, process: 'web', change: 'expired', member: 'a' },
  { kind: 'asked-to-drain', atMs: 2_000, process: 'b' },
  { kind: 'finished', atMs: 2_100, process: 'b', uploads: 0 },
  { kind: 'exited', atMs: 2_101, process: 'b', code: 0 },
  { kind: 'finished', atMs: 3_000, process: 'web', uploads: 2 },
];

const DISKS = new Map([
  ['a', [line('one')]],
  ['b', [line('two')]],
]);

/** The claims that do not hold, with what is said against them. */
function brokenIn(bent: Partial<SceneHistory> = {}): readonly string[] {
  return judge({ events: EVENTS, disks: DISKS, leaseMs: 1_000, ...bent })
    .filter(({ held }) => !held)
    .map(({ claim, detail }) => `${claim}: ${detail}`);
}

function withEvent(event: SceneEvent): Partial<SceneHistory> {
  return { events: [...EVENTS, event] };
}

function without(kind: SceneEvent['kind']): Partial<SceneHistory> {
  return { events: EVENTS.filter((event) => event.kind !== kind) };
}

describe('the verdict on the social network', () => {
  test('holds in every claim for a good run', () => {
    expect(brokenIn()).toEqual([]);
  });

  test('holds in none for a run in which nothing happened, but that nothing failed', () => {
    expect(brokenIn({ events: [] })).toHaveLength(6);
  });

  test('misses an upload that is not on the disk of the server that took it', () => {
    const disks = new Map([...DISKS, ['a', ['one 0000']] as [string, string[]]]);
    expect(brokenIn({ disks })).toEqual([expect.stringContaining('one is not on a')]);
  });

  test('misses an upload that nobody took', () => {
    const finished = { kind: 'finished', atMs: 3_000, process: 'web', uploads: 1 } as const;
    expect(brokenIn(withEvent(finished))).toEqual([expect.stringContaining('3 begun, 2 taken')]);
    const gaveUp = { kind: 'gave-up', atMs: 50, process: 'web', upload: 'six' } as const;
    expect(brokenIn(withEvent(gaveUp))).toEqual([expect.stringContaining('web gave up six')]);
  });

  test('finds a server that was never used', () => {
    const started = { kind: 'started', role: 'image-server', atMs: 1, process: 'c' } as const;
    expect(brokenIn(withEvent(started))).toEqual([expect.stringContaining('not web c')]);
  });

  test('finds a dead server that was seen as dead too late, or never', () => {
    expect(brokenIn({ leaseMs: 300 })).toEqual([expect.stringContaining('after 1.00 s')]);
    expect(brokenIn(without('saw'))).toEqual([expect.stringContaining('never saw it of a')]);
  });

  test('finds an upload that was taken by nobody else after a failed try', () => {
    const failed = {
      kind: 'try-failed',
      atMs: 9,
      process: 'web',
      upload: 'x',
      server: 'a',
    } as const;
    expect(brokenIn(withEvent(failed))).toEqual([expect.stringContaining('another: not x')]);
  });

  test('finds an upload that failed at the drained server, and one that did not leave', () => {
    const failed = {
      kind: 'try-failed',
      atMs: 9,
      process: 'web',
      upload: 'x',
      server: 'b',
    } as const;
    expect(brokenIn(withEvent(failed))).toEqual([expect.stringContaining('1 tries failed')]);
    expect(brokenIn(without('exited'))).toEqual([expect.stringContaining('and left: it did not')]);
  });

  test('finds a process that failed', () => {
    const failed = { kind: 'failed', atMs: 9, process: 'b', message: 'boom\nstack' } as const;
    expect(brokenIn(withEvent(failed))).toEqual(['no process failed by itself: b: boom']);
  });
});
