import { expect } from 'vitest';
import { group } from '../../lib/group/index.ts';
import { Holdfast } from '../../lib/index.ts';
import { type Opening, playOnEvery } from './plays.ts';

const LEASE_MS = 3_000;
const PACE = { pollMs: 100, sweepMs: 500 };

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
  // It has to leave in order.
  SILENCED.delete(a);
}

/** Instances whose writes no longer get through. */
const SILENCED = new WeakSet<Holdfast>();

const open: Opening = (store, label) => {
  const failed = { reason: 'unavailable', retryable: true, message: 'cut off' } as const;
  const holdfast: Holdfast = new Holdfast({
    label,
    store: {
      table: store.table,
      get: (request, options) => store.get(request, options),
      query: (request, options) => store.query(request, options),
      write: (request, options) =>
        SILENCED.has(holdfast)
          ? Promise.resolve({ kind: 'failed', failure: failed })
          : store.write(request, options),
    },
  });
  return holdfast;
};

playOnEvery(
  'groups',
  [
    ['members come, change, drain and go', comeAndGo, 'date header'],
    ['a newer process evicts the older one with its id', replace, 'date header'],
    ['who falls silent is removed, and watchers are told', loseOne, 'date header'],
  ],
  open,
);
