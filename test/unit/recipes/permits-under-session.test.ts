import { describe, expect, test } from 'vitest';
import type { Session } from '../../../lib/index.ts';
import { readWriteLock } from '../../../lib/recipes/index.ts';
import { guarantee } from '../../planted/control.ts';
import type { Actor } from '../support/actor.ts';
import { Pools } from '../support/pools.ts';
import type { Stage } from '../support/stage.ts';

const LEASE_MS = 6_000;
const ONE_WRITE = { requests: 1, readUnits: 0, writeUnits: 1 };

function begin(stage: Stage, actor: Actor): Promise<Session> {
  return stage.run(actor.holdfast.session({ leaseMs: LEASE_MS }), 10_000);
}

async function takesUnder(pools: Pools, actor: Actor, session: Session, permits = 1) {
  const attempt = pools.semaphore(actor).tryAcquire({ permits, under: session });
  const result = await pools.stage.run(attempt, 10_000);
  if (!result.acquired) throw new Error(`${actor.label} was not granted what is free`);
  return result.hold;
}

describe('permits under a session', () => {
  test('take and give back in one write each, and cost nothing in between', async () => {
    const pools = new Pools();
    const { stage } = pools;
    const [a, b] = await stage.actors('a', 'b');
    await stage.run((await pools.takes(b)).release());
    const session = await begin(stage, a);
    await stage.run(pools.semaphore(a).holders());
    stage.ledger.clear();
    const hold = await takesUnder(pools, a, session);
    expect(stage.ledger.bill('a')).toEqual(ONE_WRITE);
    await stage.advance(5 * LEASE_MS);
    expect(hold.remainingMs()).toBeGreaterThan(0);
    stage.ledger.clear();
    expect(await stage.run(hold.release())).toEqual({ outcome: 'released' });
    expect(stage.ledger.bill('a')).toEqual(ONE_WRITE);
    expect(pools.isConsistent()).toBe(true);
  });

  test('return to others with one kill and one write when their process dies', async () => {
    const pools = new Pools();
    const { stage } = pools;
    const [a, b] = await stage.actors('a', 'b');
    const session = await begin(stage, a);
    await takesUnder(pools, a, session);
    await takesUnder(pools, a, session);
    a.die();
    await stage.advance(2 * LEASE_MS);
    await stage.run(pools.semaphore(b).holders());
    stage.ledger.clear();
    const hold = await pools.takes(b, 2);
    expect(hold.permits).toBe(2);
    // A try in vain tells who has them, a look finds their session lapsed, one kill, one take.
    expect(stage.ledger.bill('b')).toEqual({ requests: 4, readUnits: 1, writeUnits: 3 });
    expect(pools.isConsistent()).toBe(true);
  });

  test('are lost with the session, and say so before others are granted them', async () => {
    const pools = new Pools();
    const { stage } = pools;
    const [a, b] = await stage.actors('a', 'b');
    const hold = await takesUnder(pools, a, await begin(stage, a), 2);
    const call = await pools.joins(b);
    a.network.isolate();
    await stage.until(() => hold.signal.aborted);
    expect(hold.signal.reason).toMatchObject({ reason: 'session-ended' });
    expect(call.isOver).toBe(false);
    expect(await pools.within(call, LEASE_MS)).toBeDefined();
  });

  test('are not granted under a session that is closed', async () => {
    const pools = new Pools();
    const { stage } = pools;
    const [a] = await stage.actors('a');
    const session = await begin(stage, a);
    await stage.run(session.close());
    const late = pools.semaphore(a).acquire({ under: session });
    await expect(stage.run(late)).rejects.toMatchObject({ code: 'closed' });
  });

  test('are given back when the session ends while their request is under way', async () => {
    const pools = new Pools();
    const { stage } = pools;
    const [a] = await stage.actors('a');
    const session = await begin(stage, a);
    const attempt = pools.semaphore(a).tryAcquire({ under: session });
    const refused = expect(attempt).rejects.toMatchObject({ code: 'closed' });
    // On its way, and not yet answered.
    await stage.advance(2);
    await stage.run(session.close());
    await stage.run(refused);
    await stage.advance(1_000);
    expect(pools.row().holders.size).toBe(0);
    expect(pools.isConsistent()).toBe(true);
  });

  test('make room for a smaller semaphore once their session is dead', async () => {
    const pools = new Pools();
    const { stage } = pools;
    const [a, b] = await stage.actors('a', 'b');
    await takesUnder(pools, a, await begin(stage, a), 2);
    const early = stage.run(pools.semaphore(b).resize(1));
    await expect(early).rejects.toMatchObject({ code: 'permits-held' });
    a.die();
    await stage.advance(2 * LEASE_MS);
    await stage.run(pools.semaphore(b).resize(1));
    expect(pools.row()).toMatchObject({ limit: 1, free: 1 });
  });

  test('let a reader upgrade once the other readers’ session is dead', async () => {
    const { stage } = new Pools();
    const [a, b] = await stage.actors('a', 'b');
    const session = await begin(stage, a);
    const sides = [a, b].map(({ holdfast }) => readWriteLock(holdfast, 'it').read);
    await stage.run(sides[0]?.acquire({ under: session }) ?? Promise.reject(new Error('none')));
    const mine = await stage.run(sides[1]?.acquire() ?? Promise.reject(new Error('none')));
    expect(await stage.run(mine.tryUpgrade())).toBeUndefined();
    a.die();
    await stage.advance(2 * LEASE_MS);
    expect(await stage.run(mine.tryUpgrade(), 10_000)).toBeDefined();
  });
});

guarantee(
  'a permit under a session is not dead for giving no sign of life of its own',
  { without: 'permit-under-session-judged-by-its-entry' },
  async (library) => {
    const pools = new Pools(library);
    const [a, b] = await pools.stage.actors('a', 'b');
    const hold = await takesUnder(pools, a, await begin(pools.stage, a), 2);
    const call = await pools.joins(b);
    await pools.within(call, 4 * LEASE_MS);
    return !call.isOver && hold.remainingMs() > 0;
  },
);

guarantee(
  'a pool with a holder under a session is never garbage, whoever else comes and goes',
  { without: 'permit-under-session-left-to-ttl' },
  async (library) => {
    const pools = new Pools(library);
    const [a, b] = await pools.stage.actors('a', 'b');
    await takesUnder(pools, a, await begin(pools.stage, a));
    await pools.stage.run((await pools.takes(b)).release());
    return typeof pools.item()?.ttl !== 'number';
  },
);
