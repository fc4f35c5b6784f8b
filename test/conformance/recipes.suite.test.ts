import { expect } from 'vitest';
import { Holdfast } from '../../lib/index.ts';
import {
  adopt,
  barrier,
  doubleBarrier,
  explain,
  exportHold,
  latch,
  locks,
  readWriteLock,
  revoke,
  semaphore,
} from '../../lib/recipes/index.ts';
import { playOnEvery } from './plays.ts';

async function shareSemaphore(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const [ours, theirs] = [a, b].map((each) => semaphore(each, name, { permits: 2 }));
  if (ours === undefined || theirs === undefined) throw new Error('two processes');
  const first = await ours.acquire();
  const second = await theirs.acquire();
  expect(await ours.tryAcquire()).toEqual({ acquired: false, free: 0, waiting: 0 });
  const waits = ours.acquire({ permits: 2, timeoutMs: 10_000 });
  await second.release();
  await ours.resize(3);
  await first.release();
  expect((await waits).permits).toBe(2);
  expect(await theirs.holders()).toMatchObject([{ permits: 2 }]);
  expect(await (await waits).release()).toEqual({ outcome: 'released' });
  expect(await theirs.holders()).toEqual([]);
}

async function readAndWrite(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const [ours, theirs] = [readWriteLock(a, name), readWriteLock(b, name)];
  const read = await ours.read.acquire();
  expect(await theirs.write.tryAcquire()).toMatchObject({ acquired: false, readers: 1 });
  const written = await read.tryUpgrade();
  if (written === undefined) throw new Error('not upgraded');
  expect(await theirs.read.tryAcquire()).toMatchObject({ acquired: false, readers: 0 });
  const again = await written.downgrade();
  const other = await theirs.read.acquire();
  expect(await again.tryUpgrade()).toBeUndefined();
  await Promise.all([other.release(), again.release()]);
  expect((await theirs.write.acquire()).token).toBeGreaterThan(written.token);
}

async function countDown(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const [ours, theirs] = [latch(a, name, { count: 2 }), latch(b, name, { count: 2 })];
  expect(await ours.countDown('part-1')).toEqual({ counted: true, remaining: 1 });
  expect(await theirs.countDown('part-1')).toEqual({ counted: false, remaining: 1 });
  const waits = ours.wait({ timeoutMs: 10_000 });
  expect(await theirs.countDown('part-2')).toEqual({ counted: true, remaining: 0 });
  await waits;
  expect(await theirs.countDown('part-3')).toEqual({ counted: false, remaining: 0 });
}

async function meetAndReset(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const [ours, theirs] = [barrier(a, name, { parties: 2 }), barrier(b, name, { parties: 2 })];
  const early = ours.arrive({ id: 'a', timeoutMs: 50 });
  await expect(early).rejects.toMatchObject({ code: 'acquire-timeout' });
  expect(await theirs.waiting()).toBe(0);
  for (let generation = 0; generation < 3; generation += 1) {
    const met = [ours.arrive({ id: 'a' }), theirs.arrive({ id: 'b' })];
    expect(await Promise.all(met)).toEqual([generation, generation]);
  }
  const sent = expect(ours.arrive({ id: 'a' })).rejects.toMatchObject({ code: 'barrier-broken' });
  await expect.poll(() => theirs.waiting()).toBe(1);
  await theirs.reset();
  await sent;
}

async function enterAndLeave(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const parties = 2;
  const [ours, theirs] = [doubleBarrier(a, name, { parties }), doubleBarrier(b, name, { parties })];
  for (let round = 0; round < 2; round += 1) {
    await Promise.all([ours.enter({ id: 'a' }), theirs.enter({ id: 'b' })]);
    await Promise.all([ours.leave({ id: 'a' }), theirs.leave({ id: 'b' })]);
  }
  await expect(ours.leave({ id: 'a' })).rejects.toMatchObject({ code: 'not-a-party' });
}

async function shareUnderSession(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const session = await a.session({ leaseMs: 6_000 });
  const [ours, theirs] = [a, b].map((each) => semaphore(each, name, { permits: 2 }));
  if (ours === undefined || theirs === undefined) throw new Error('two processes');
  const permit = await ours.acquire({ under: session });
  const lock = await a.lock(name).acquire({ under: session });
  expect(await theirs.tryAcquire({ permits: 2 })).toMatchObject({ acquired: false, free: 1 });
  expect(await revoke(b, name, { reason: 'enough' })).toEqual({ holder: expect.any(String) });
  expect(await explain(b, 'lock', name)).toMatchObject({ holder: { session: session.id } });
  expect(await session.close()).toEqual({ outcome: 'released' });
  expect([permit.remainingMs(), lock.remainingMs()]).toEqual([0, 0]);
  const both = [theirs.acquire({ permits: 2 }), b.lock(name).acquire()] as const;
  expect((await both[0]).permits).toBe(2);
  expect((await both[1]).token).toBeGreaterThan(lock.token);
}

async function takeSeveral(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const names = [`${name}/y`, `${name}/x`];
  const hold = await locks(a, names).acquire();
  expect(await locks(b, names).tryAcquire()).toMatchObject({ acquired: false, name: names[1] });
  const waits = locks(b, names.toReversed()).acquire({ timeoutMs: 10_000 });
  expect(await hold.release()).toEqual({ outcome: 'released' });
  const tokens = Object.entries((await waits).tokens);
  expect(tokens.every(([each, token]) => token > (hold.tokens[each] ?? 0))).toBe(true);
}

async function goOnElsewhere(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const hold = await a.lock(name).acquire();
  const exported = JSON.parse(JSON.stringify(await exportHold(hold, { leaseMs: 30_000 })));
  expect(await hold.release()).toEqual({ outcome: 'already-released' });
  expect(await b.lock(name).tryAcquire()).toMatchObject({ acquired: false });
  const adopted = await adopt(b, exported);
  expect(adopted.token).toBeGreaterThan(hold.token);
  await expect(adopt(a, exported)).rejects.toMatchObject({ code: 'export-stale' });
  expect(await adopted.release()).toEqual({ outcome: 'released' });
  await expect(adopt(a, exported)).rejects.toMatchObject({ code: 'export-stale' });
  expect((await a.lock(name).tryAcquire()).acquired).toBe(true);
}

playOnEvery(
  'the recipes',
  [
    ['a semaphore works for two processes', shareSemaphore, 'date header'],
    ['a read-write lock works for two processes', readAndWrite, 'date header'],
    ['a session keeps permits and locks for two processes', shareUnderSession, 'date header'],
    ['several locks work for two processes', takeSeveral, 'date header'],
    ['a hold goes on in another process', goOnElsewhere, 'date header'],
    ['a latch works for two processes', countDown],
    ['a barrier works for two processes', meetAndReset],
    ['a double barrier works for two processes', enterAndLeave],
  ],
  (store, label) => new Holdfast({ store, label, namespace: 'recipes' }),
);
