import { describe, expect, test } from 'vitest';
import { Holdfast, InvalidArgumentError } from '../../../lib/index.ts';
import { MemoryStore, SeededRandom, VirtualClock } from '../../../lib/testing/index.ts';
import { Stage } from '../support/stage.ts';

function invocation(leftMs: number) {
  return { getRemainingTimeInMillis: () => leftMs };
}

/** An instance right in front of its table: every timer on the clock is the library's. */
function instance(mode: 'service' | 'lambda') {
  const clock = new VirtualClock();
  const store = new MemoryStore({ clock });
  const holdfast = new Holdfast({ store, clock, random: new SeededRandom(1), mode });
  return { clock, holdfast };
}

describe('in Lambda mode', () => {
  test('no timer runs while a lock is held', async () => {
    const { clock, holdfast } = instance('lambda');
    holdfast.beginInvocation(invocation(60_000));
    const hold = await clock.run(holdfast.lock('it').acquire());
    expect(clock.pendingTimers).toBe(0);
    await clock.run(hold.release());
    expect(clock.pendingTimers).toBe(0);
    expect(clock.firedTimers).toBe(0);
  });

  test('unlike in a service', async () => {
    const { clock, holdfast } = instance('service');
    await clock.run(holdfast.lock('it').acquire());
    expect(clock.pendingTimers).toBe(2);
  });

  test.each([3_000, 30_000, 15 * 60_000])(
    'a hold lasts until the end of an invocation with %i ms left, and not much longer',
    async (leftMs) => {
      const stage = new Stage();
      const a = stage.actor('a', { mode: 'lambda' });
      a.holdfast.beginInvocation(invocation(leftMs));
      const endsMs = stage.clock.monotonicMs() + leftMs;
      const hold = await stage.acquires(a);
      expect(stage.clock.monotonicMs() + hold.remainingMs()).toBeGreaterThanOrEqual(endsMs);
      expect(stage.row().owner?.leaseMs).toBeLessThan(1.03 * leftMs + 5_000);
    },
  );

  test('a hold that is taken late in the invocation is as short as the rest of it', async () => {
    const stage = new Stage();
    const a = stage.actor('a', { mode: 'lambda' });
    a.holdfast.beginInvocation(invocation(30_000));
    await stage.advance(20_000);
    await stage.acquires(a);
    expect(stage.row().owner?.leaseMs).toBeLessThan(16_000);
  });

  test('a lease must be given, or the invocation be announced', async () => {
    const stage = new Stage();
    const a = stage.actor('a', { mode: 'lambda' });
    const error = await a.holdfast
      .lock('it')
      .acquire()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ code: 'invalid-argument', argument: 'leaseMs' });
    expect((error as Error).message).toContain('beginInvocation(context)');
    expect(stage.ledger.names()).toEqual([]);
    const hold = await stage.acquires(a, { leaseMs: 6_000 });
    expect(hold.remainingMs()).toBeGreaterThan(0);
  });

  test('something else than a context is refused', () => {
    const a = new Stage().actor('a', { mode: 'lambda' });
    for (const wrong of [undefined, {}, invocation(Number.NaN)]) {
      expect(() => a.holdfast.beginInvocation(wrong as never)).toThrow(InvalidArgumentError);
    }
  });

  test('a hold whose time is over says so when it is asked', async () => {
    const stage = new Stage();
    const a = stage.actor('a', { mode: 'lambda' });
    const hold = await stage.acquires(a, { leaseMs: 6_000 });
    await stage.advance(10_000);
    expect(hold.signal.aborted).toBe(false);
    expect(() => hold.throwIfLost()).toThrow(/granted for is over/);
    expect(hold.signal.reason).toMatchObject({ code: 'lease-lost', reason: 'expired' });
    expect(hold.remainingMs()).toBe(0);
  });

  test('what was known of the time before the freeze is forgotten', async () => {
    const stage = new Stage();
    const a = stage.actor('a', { mode: 'lambda' });
    a.holdfast.beginInvocation(invocation(10_000));
    await stage.run((await stage.acquires(a)).release());
    stage.ledger.clear();
    await stage.run((await stage.acquires(a)).release());
    expect(stage.ledger.names()).toEqual(['acquire', 'release']);
    a.holdfast.beginInvocation(invocation(10_000));
    await stage.run(a.holdfast.lock('another').acquire());
    expect(stage.ledger.names().slice(2)).toEqual(['read', 'acquire']);
  });

  test('waiters are served like those of a service', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const b = stage.actor('b', { mode: 'lambda' });
    const hold = await stage.acquires(a);
    b.holdfast.beginInvocation(invocation(60_000));
    const waits = [await stage.joins(b), stage.wait(b)];
    await stage.advance(5_000);
    await stage.run(hold.release());
    for (const wait of waits) {
      const granted = await stage.granted(wait, 2_000);
      expect(granted).toBeDefined();
      await stage.run(Promise.resolve(granted?.release()));
    }
    await stage.advance(1_000);
    expect(stage.row()).toMatchObject({ owner: undefined, queue: [] });
  });
});
