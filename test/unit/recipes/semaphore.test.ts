import { describe, expect, test } from 'vitest';
import { semaphore } from '../../../lib/recipes/index.ts';
import { poolRequest } from '../support/pool-request.ts';
import { Call, Pools } from '../support/pools.ts';

const ONE_WRITE = { requests: 1, readUnits: 0, writeUnits: 1 };

describe('a semaphore', () => {
  test('takes, renews and gives back in one request of one unit each', async () => {
    const pools = new Pools();
    const [a, b] = await pools.stage.actors('a', 'b');
    const first = await pools.takes(b);
    const { stage } = pools;
    await stage.run(pools.semaphore(a).holders());
    stage.ledger.clear();
    const hold = await pools.takes(a);
    expect(stage.ledger.bill('a')).toEqual(ONE_WRITE);
    stage.ledger.clear();
    await stage.advance(4_000);
    expect(stage.ledger.bill('a')).toEqual(ONE_WRITE);
    stage.ledger.clear();
    expect(await stage.run(hold.release())).toEqual({ outcome: 'released' });
    expect(stage.ledger.bill('a')).toEqual(ONE_WRITE);
    await stage.run(first.release());
    expect(pools.isConsistent()).toBe(true);
  });

  test('answers a try in vain in one request of one unit', async () => {
    const pools = new Pools();
    const [a, b] = await pools.stage.actors('a', 'b');
    await pools.takes(a, 2);
    pools.stage.ledger.clear();
    const result = await pools.stage.run(pools.semaphore(b).tryAcquire());
    expect(result).toEqual({ acquired: false, free: 0, waiting: 0 });
    expect(pools.stage.ledger.bill('b')).toEqual(ONE_WRITE);
  });

  test('resizes in one request of one unit, for everybody and for good', async () => {
    const pools = new Pools();
    const [a, b] = await pools.stage.actors('a', 'b');
    const hold = await pools.takes(a);
    pools.stage.ledger.clear();
    await pools.stage.run(pools.semaphore(a).resize(4));
    expect(pools.stage.ledger.bill()).toEqual(ONE_WRITE);
    await pools.takes(b, 3);
    await pools.stage.advance(10_000);
    expect(pools.stage.table.snapshot()[0]).toMatchObject({ limit: 4, ttl: 'kept' });
    await pools.stage.run(hold.release());
    await pools.stage.run(pools.semaphore(b).resize(3));
    expect(pools.isConsistent()).toBe(true);
  });

  test('refuses to shrink below what is held, and changes nothing', async () => {
    const pools = new Pools();
    const [a, b] = await pools.stage.actors('a', 'b');
    await pools.takes(a, 2);
    const before = pools.row();
    const resize = pools.stage.run(pools.semaphore(b).resize(1));
    await expect(resize).rejects.toMatchObject({ code: 'permits-held' });
    expect(pools.row()).toEqual(before);
  });

  test('can be resized before anybody has used it', async () => {
    const pools = new Pools();
    const a = pools.stage.actor('a');
    await pools.stage.run(pools.semaphore(a).resize(5));
    await pools.takes(a, 5);
    expect(pools.row()).toMatchObject({ declared: 2, limit: 5, free: 0 });
  });

  test('takes the permits of the dead and its own in one request', async () => {
    const pools = new Pools();
    const [a, b] = await pools.stage.actors('a', 'b');
    await pools.takes(a);
    await pools.takes(a);
    a.die();
    await pools.stage.advance(50_000);
    await pools.stage.run(pools.semaphore(b).holders());
    pools.stage.ledger.clear();
    await pools.takes(b, 2);
    expect(pools.stage.ledger.bill('b')).toEqual(ONE_WRITE);
    expect(pools.isConsistent()).toBe(true);
  });

  test('serves waiters in order of arrival, several at once when there is room', async () => {
    const pools = new Pools();
    const [a, b, c, d] = await pools.stage.actors('a', 'b', 'c', 'd');
    const hold = await pools.takes(a, 2);
    const calls = [];
    for (const actor of [b, c, d]) calls.push(await pools.joins(actor));
    await pools.stage.run(hold.release());
    await pools.stage.advance(1_000);
    expect(calls.map((call) => call.result !== undefined)).toEqual([true, true, false]);
    const [first] = calls;
    await pools.stage.run(first?.result?.release() ?? Promise.reject(new Error('no hold')));
    await pools.stage.advance(1_000);
    expect(calls[2]?.result).toBeDefined();
    expect(pools.isConsistent()).toBe(true);
  });

  test('tells each kind of misuse apart, and changes nothing', async () => {
    const pools = new Pools();
    const [a, b] = await pools.stage.actors('a', 'b');
    const hold = await pools.takes(a);
    const tries = (permits: number, of: number) =>
      pools.stage.run(pools.semaphore(b, of).tryAcquire({ permits }));
    await expect(tries(1, 3)).rejects.toMatchObject({ code: 'count-mismatch' });
    await expect(tries(3, 2)).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(tries(0, 2)).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(() => semaphore({} as never, 'it', { permits: 2 })).toThrow(/a Holdfast of this copy/);
    expect(() => pools.semaphore(a, 1.5)).toThrow(/whole number/);
    await pools.stage.run(hold.release());
    expect(await pools.stage.run(hold.release())).toEqual({ outcome: 'already-released' });
    expect(pools.row()).toMatchObject({ free: 2, limit: 2 });
  });

  test('has room for 64 holders, and says so to the next', async () => {
    const pools = new Pools();
    const [a] = await pools.stage.actors('a');
    for (let held = 0; held < 64; held += 1) await pools.takes(a, 1, 100);
    await expect(pools.tries(a, 1, 100)).rejects.toMatchObject({ code: 'holders-full' });
    expect(pools.row()).toMatchObject({ free: 36, seats: 0 });
  });

  test('tells a holder of its loss before others are granted its permits', async () => {
    const pools = new Pools();
    const [a, b] = await pools.stage.actors('a', 'b');
    const hold = await pools.takes(a, 2);
    const call = await pools.joins(b);
    a.network.isolate();
    await pools.stage.until(() => hold.signal.aborted);
    expect(call.isOver).toBe(false);
    expect(await pools.within(call, 5_000)).toBeDefined();
    expect(hold.signal.reason).toMatchObject({ reason: 'not-renewed' });
    a.network.heal();
    const outcome = await pools.stage.run(hold.release(), 10_000);
    expect(outcome).toEqual({ outcome: 'lost', takenBy: undefined });
  });

  test('gives up waiting in time, and leaves the line', async () => {
    const pools = new Pools();
    const [a, b] = await pools.stage.actors('a', 'b');
    await pools.takes(a, 2);
    const call = new Call(pools.semaphore(b).acquire({ timeoutMs: 1_000 }));
    await pools.stage.advance(1_500);
    expect(call.error).toMatchObject({ code: 'acquire-timeout', heldBy: 'a' });
    expect(pools.row().queue).toEqual([]);
  });

  test('gives everything back when the instance closes', async () => {
    const pools = new Pools();
    const [a, b] = await pools.stage.actors('a', 'b');
    await pools.takes(a);
    await pools.takes(a);
    const call = await pools.joins(b);
    const report = await pools.stage.run(a.holdfast.close());
    expect(report).toEqual({ released: 2, unreleased: [] });
    expect(await pools.within(call, 2_000)).toBeDefined();
    expect(pools.row().holders.size).toBe(1);
  });

  test('makes a condition for the caller’s own transaction', async () => {
    const pools = new Pools();
    const [a] = await pools.stage.actors('a');
    const { ConditionCheck: check } = (await pools.takes(a)).guard();
    const [id] = [...pools.row().holders.keys()];
    expect(check.Key).toEqual({ pk: 'default#semaphore#it', sk: 'semaphore' });
    expect(Object.values(check.ExpressionAttributeNames ?? {})).toContain(id);
    expect(check.ConditionExpression).toMatch(/= /);
  });

  test('goes on after a renewal whose answer was lost', async () => {
    const pools = new Pools();
    const [a] = await pools.stage.actors('a');
    const hold = await pools.takes(a);
    a.network.onNextWrite({ kind: 'lose-answer' }, poolRequest('renew'));
    await pools.stage.advance(60_000);
    expect(hold.remainingMs()).toBeGreaterThan(5_000);
  });

  test('lasts as granted, without a timer, in Lambda mode', async () => {
    const pools = new Pools();
    const a = pools.stage.actor('a', { mode: 'lambda' });
    const result = await pools.stage.run(pools.semaphore(a).tryAcquire({ leaseMs: 5_000 }));
    if (!result.acquired) throw new Error('not granted');
    await pools.stage.advance(5_000);
    expect(result.hold.remainingMs()).toBe(0);
    expect(result.hold.signal.reason).toMatchObject({ reason: 'expired' });
  });
});
