import { describe, expect, test } from 'vitest';
import { guarantee } from '../../planted/control.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'a host that was suspended knows at once that its hold is over',
  { without: 'wall-clock-ignored-in-validity' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    a.clock.suspend();
    await stage.advance(20_000);
    a.clock.resume();
    return hold.remainingMs() === 0;
  },
);

guarantee(
  'a wall clock that is set back does not lengthen a hold',
  { without: 'monotonic-clock-ignored-in-validity' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    a.network.isolate();
    a.clock.stepWall(-3_600_000);
    await stage.advance(16_000);
    return hold.remainingMs() === 0;
  },
);

describe('a process that stood still past its lease', () => {
  test.each(['timers-first', 'answers-first'] as const)(
    'has nothing left at once when it goes on, %s',
    async (order) => {
      const stage = new Stage();
      const [a] = await stage.actors('a');
      const hold = await stage.acquires(a);
      // With a renewal under way, which is answered into the pause.
      await stage.until(() => stage.ledger.count('renew') === 1);
      a.clock.pause();
      await stage.advance(20_000);
      a.clock.resume(order);
      expect(hold.remainingMs()).toBe(0);
      expect(hold.signal.reason).toMatchObject({ code: 'lease-lost', reason: 'paused' });
      await stage.advance(60_000);
      expect(hold.remainingMs()).toBe(0);
    },
  );

  test.each(['timers-first', 'answers-first'] as const)(
    'is told by its signal without looking, %s',
    async (order) => {
      const stage = new Stage();
      const [a] = await stage.actors('a');
      const hold = await stage.acquires(a);
      a.clock.pause();
      await stage.advance(20_000);
      expect(hold.signal.aborted).toBe(false);
      a.clock.resume(order);
      await stage.advance(1);
      expect(hold.signal.reason).toMatchObject({ reason: 'paused' });
    },
  );

  test('is told within an interval of renewals after a suspension', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    a.clock.suspend();
    await stage.advance(20_000);
    a.clock.resume();
    await stage.advance(15_000 / 4);
    expect(hold.signal.reason).toMatchObject({ reason: 'paused' });
  });

  test('does not renew what it has lost', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    await stage.acquires(a);
    a.clock.pause();
    await stage.advance(20_000);
    stage.ledger.clear();
    a.clock.resume();
    await stage.advance(60_000);
    expect(stage.ledger.names('a')).toEqual([]);
  });

  test('keeps its hold when the pause was shorter', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    for (let count = 0; count < 5; count += 1) {
      a.clock.pause();
      await stage.advance(8_000);
      a.clock.resume();
      await stage.advance(4_000);
    }
    expect(hold.signal.aborted).toBe(false);
    expect(hold.remainingMs()).toBeGreaterThan(0);
  });
});
