import { describe, expect, test } from 'vitest';
import { group } from '../../lib/group/index.ts';
import { Holdfast } from '../../lib/index.ts';
import { lackOf } from './capabilities.ts';
import { ENGINES, freshKey, useEngine } from './engines.ts';

const LEASE_MS = 3_000;
const PACE = { pollMs: 100, sweepMs: 500 };

type Play = (a: Holdfast, b: Holdfast, name: string) => Promise<void>;

async function comeAndGo(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const [ours, theirs] = [group(a, name, PACE), group(b, name, PACE)];
  const membership = await ours.join({ id: 'a', zone: 'east', meta: { disks: [1, 2] } });
  const other = await theirs.join({ id: 'b' });
  expect((await theirs.view()).members).toMatchObject([
    { id: 'a', state: 'active', zone: 'east', weight: 1, meta: { disks: [1, 2] } },
    { id: 'b' },
  ]);
  await membership.update({ weight: 2, meta: {} });
  expect((await theirs.view()).members[0]).toMatchObject({ version: 2, weight: 2, meta: {} });
  expect(await membership.drain(10)).toEqual({ outcome: 'left' });
  expect(await other.leave()).toEqual({ outcome: 'left' });
  expect((await theirs.view()).members).toEqual([]);
}

async function replace(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const [ours, theirs] = [group(a, name, PACE), group(b, name, PACE)];
  const older = await ours.join({ id: 'same', leaseMs: LEASE_MS });
  const newer = await theirs.join({ id: 'same', leaseMs: LEASE_MS });
  expect(newer.generation).toBeGreaterThan(older.generation);
  await expect(older.update({ weight: 2 })).rejects.toMatchObject({ reason: 'taken' });
  expect(await older.leave()).toEqual({ outcome: 'already-gone' });
  expect((await ours.view()).members).toMatchObject([{ incarnation: newer.incarnation }]);
}

async function loseOne(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const watching = group(b, name, PACE);
  const stop = new AbortController();
  const told: string[] = [];
  const dead = new AbortController();
  void (async () => {
    for await (const event of watching.watch({ signal: stop.signal })) {
      told.push(event.type);
      if (event.type === 'expired') dead.abort();
    }
  })();
  await group(a, name, PACE).join({ leaseMs: LEASE_MS, onLost: 'end' });
  await watching.atLeast(1, { timeoutMs: 5_000 });
  const gone = new Promise((resolve) => dead.signal.addEventListener('abort', resolve));
  // Its process is as good as dead: nothing that it writes reaches the table any more.
  SILENCED.add(a);
  await gone;
  stop.abort();
  expect(told[0]).toBe('snapshot');
  expect(told.slice(1)).not.toContain('left');
}

/** Instances whose writes no longer get through. */
const SILENCED = new WeakSet<Holdfast>();

const PLAYS: readonly (readonly [string, Play])[] = [
  ['members come, change, drain and go', comeAndGo],
  ['a newer process evicts the older one with its id', replace],
  ['who falls silent is removed, and watchers are told', loseOne],
];

for (const engine of ENGINES) {
  describe(`groups on ${engine.name}`, () => {
    const running = useEngine(engine);

    for (const [title, play] of PLAYS) {
      test(title, async (context) => {
        if (engine.unavailable !== undefined) context.skip(engine.unavailable);
        const lack = lackOf(engine.name, 'date header');
        if (lack !== undefined) context.skip(lack);
        const { pk: name } = freshKey();
        const open = (label: string) => {
          const store = running().openStore();
          const isCutOff = () => SILENCED.has(holdfast);
          const failed = { reason: 'unavailable', retryable: true, message: 'cut off' } as const;
          const holdfast: Holdfast = new Holdfast({
            label,
            store: {
              table: store.table,
              get: (request, options) => store.get(request, options),
              query: (request, options) => store.query(request, options),
              write: (request, options) =>
                isCutOff()
                  ? Promise.resolve({ kind: 'failed', failure: failed })
                  : store.write(request, options),
            },
          });
          return holdfast;
        };
        await using a = open('a');
        await using b = open('b');
        await play(a, b, name);
        SILENCED.delete(a);
      });
    }
  });
}
