import { describe, expect, test } from 'vitest';
import { guarantee } from '../../planted/control.ts';
import { Meetings } from '../support/meetings.ts';
import { poolRequest } from '../support/pool-request.ts';
import { Call } from '../support/pools.ts';

const ONE_WRITE = { requests: 1, readUnits: 0, writeUnits: 1 };

guarantee(
  'a barrier: an arrival that comes again after its party has gone counts nobody',
  { without: 'barrier-counts-requests' },
  async (library) => {
    const stage = new Meetings(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.comes(b, 3);
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 2_000 }, poolRequest('arrived'));
    await stage.comes(a, 3, 500);
    await stage.advance(3_000);
    return stage.meeting().left === 2;
  },
);

guarantee(
  'a barrier: it opens only when all have come and none has gone',
  { without: 'barrier-opens-by-memory' },
  async (library) => {
    const stage = new Meetings(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const waits = await stage.comes(a, 3);
    await stage.comes(b, 3, 1_000);
    await stage.run(stage.barrier(c, 3).waiting());
    await stage.advance(1_500);
    await stage.comes(c, 3, 1_000);
    await stage.advance(2_000);
    return !waits.isOver;
  },
);

guarantee(
  'a barrier: a timeout after the meeting is none',
  { without: 'barrier-timeout-by-clock' },
  async (library) => {
    const stage = new Meetings(library);
    const [a, b] = await stage.actors('a', 'b');
    const call = await stage.comes(a, 2, 1_000);
    a.network.isolate();
    await stage.comes(b);
    await stage.advance(1_500);
    a.network.heal();
    await stage.advance(3_000);
    return call.result === 0;
  },
);

guarantee(
  'a barrier: whoever gives up where the table cannot be reached is not told that it is out',
  { without: 'barrier-gone-unheard' },
  async (library) => {
    const stage = new Meetings(library);
    const [a] = await stage.actors('a');
    const call = await stage.comes(a, 2, 1_000);
    a.network.isolate();
    await stage.advance(10_000);
    if (!call.isOver) throw new Error('it waits still');
    return (call.error as { readonly code?: string }).code === 'store-unavailable';
  },
);

guarantee(
  'a barrier: whoever gives up is counted out',
  { without: 'barrier-gives-up-without-a-word' },
  async (library) => {
    const stage = new Meetings(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.comes(a, 2, 1_000);
    await stage.advance(1_500);
    return !(await stage.comes(b)).isOver;
  },
);

guarantee(
  'a barrier: whoever waits at a reset has not met',
  { without: 'barrier-reset-passes' },
  async (library) => {
    const stage = new Meetings(library);
    const [a, b] = await stage.actors('a', 'b');
    const call = await stage.comes(a);
    await stage.run(stage.barrier(b).reset());
    await stage.advance(1_000);
    return (call.error as { code?: string } | undefined)?.code === 'barrier-broken';
  },
);

describe('a barrier', () => {
  test('opens again and again, in one request to come and two for the last', async () => {
    const stage = new Meetings();
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    for (let generation = 0; generation < 5; generation += 1) {
      const waits = [await stage.comes(a, 3), await stage.comes(b, 3)];
      await stage.advance(1_000);
      stage.ledger.clear();
      const last = await stage.comes(c, 3);
      expect(last.result).toBe(generation);
      // As far as it knows, it is not the last. The first time it does not even know the row.
      const bill = { requests: 2, readUnits: 0, writeUnits: 2 };
      if (generation > 0) expect(stage.ledger.bill('c')).toEqual(bill);
      await stage.advance(1_000);
      expect(waits.map(({ result }) => result)).toEqual([generation, generation]);
    }
    stage.ledger.clear();
    const call = new Call(stage.barrier(a, 3).arrive({ id: 'a' }));
    await stage.until(() => stage.ledger.arrivals.length > 0);
    expect(stage.ledger.bill('a')).toEqual(ONE_WRITE);
    expect(call.isOver).toBe(false);
  });

  test.each(['lose-answer', 'drop'] as const)('knows its own arrival after: %s', async (kind) => {
    const stage = new Meetings();
    const [a, b] = await stage.actors('a', 'b');
    a.network.onNextWrite({ kind }, poolRequest('arrived'));
    const first = await stage.comes(a);
    b.network.onNextWrite({ kind }, poolRequest('opened'));
    const last = await stage.comes(b);
    await stage.advance(3_000);
    expect([first.result, last.result]).toEqual([0, 0]);
    expect(stage.meeting()).toMatchObject({ generation: 1, left: 2 });
  });

  test('counts a party once that comes again after a crash', async () => {
    const stage = new Meetings();
    const [a, b] = await stage.actors('a', 'b');
    await stage.comes(a);
    a.die();
    const again = new Call(stage.barrier(b).arrive({ id: 'a' }));
    await stage.advance(1_000);
    expect(again.isOver).toBe(false);
    await stage.run(stage.barrier(b).arrive({ id: 'b' }));
    await stage.advance(1_000);
    expect(again.result).toBe(0);
  });

  test('lets a party give up and come again', async () => {
    const stage = new Meetings();
    const [a, b] = await stage.actors('a', 'b');
    for (let round = 0; round < 3; round += 1) {
      const call = await stage.comes(a, 2, 200);
      await stage.advance(300);
      expect(call.error).toMatchObject({ code: 'acquire-timeout' });
    }
    const call = await stage.comes(a);
    await stage.comes(b);
    await stage.advance(1_000);
    expect(call.result).toBe(0);
  });

  test.each([0, 7, 100])('counts out those who wait at its close, %i ms later', async (ms) => {
    const stage = new Meetings();
    const [a] = await stage.actors('a');
    const call = new Call(stage.barrier(a).arrive({ id: 'a' }));
    await stage.until(() => stage.meeting().parties.has('a'));
    await stage.advance(ms);
    await stage.run(a.holdfast.close());
    expect(call.error).toMatchObject({ code: 'closed' });
    expect(stage.meeting().left).toBe(2);
  });

  test('tells each kind of misuse apart, and changes nothing', async () => {
    const stage = new Meetings();
    const [a, b] = await stage.actors('a', 'b');
    await stage.comes(a);
    const before = stage.meeting();
    const other = stage.run(stage.barrier(b, 3).arrive({ id: 'b' }));
    await expect(other).rejects.toMatchObject({ code: 'count-mismatch' });
    expect(() => stage.barrier(b, 1)).toThrow(/from 2 to 256/);
    await expect(stage.barrier(b).arrive({ id: '' })).rejects.toThrow(/1 to 64/);
    expect(stage.meeting()).toEqual(before);
  });
});

describe('a double barrier', () => {
  test('lets nobody in before all are there, nor out before all are done', async () => {
    const stage = new Meetings();
    const [a, b] = await stage.actors('a', 'b');
    for (let round = 0; round < 3; round += 1) {
      for (const what of ['enter', 'leave'] as const) {
        const first = await stage.does(a, what);
        await stage.advance(1_000);
        expect(first.isOver).toBe(false);
        const last = await stage.does(b, what);
        await stage.advance(1_000);
        expect([first.result, last.result]).toEqual([what, what]);
      }
    }
  });

  test('refuses to let out who is not inside, or has left', async () => {
    const stage = new Meetings();
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const stranger = { code: 'not-a-party' };
    expect((await stage.does(c, 'leave')).error).toMatchObject(stranger);
    await stage.does(a, 'enter');
    await stage.does(b, 'enter');
    const before = stage.meeting();
    expect((await stage.does(c, 'leave')).error).toMatchObject(stranger);
    expect((await stage.does(c, 'enter')).error).toMatchObject(stranger);
    expect(stage.meeting()).toEqual(before);
    await stage.does(a, 'leave');
    await stage.does(b, 'leave');
    expect((await stage.does(a, 'leave')).error).toMatchObject(stranger);
  });

  test('lets a party in again that was inside when it crashed', async () => {
    const stage = new Meetings();
    const [a, b] = await stage.actors('a', 'b');
    await stage.does(a, 'enter');
    await stage.does(b, 'enter');
    a.die();
    const again = stage.actor('a');
    expect((await stage.does(again, 'enter')).result).toBe('enter');
    await stage.does(again, 'leave');
    expect((await stage.does(b, 'leave')).result).toBe('leave');
  });

  test('keeps a party inside that gives up leaving', async () => {
    const stage = new Meetings();
    const [a, b] = await stage.actors('a', 'b');
    await stage.does(a, 'enter');
    await stage.does(b, 'enter');
    const call = await stage.does(a, 'leave', 200);
    await stage.advance(500);
    expect(call.error).toMatchObject({ code: 'acquire-timeout' });
    await stage.does(b, 'leave');
    expect((await stage.does(a, 'leave')).result).toBe('leave');
  });

  test('sends everybody home at a reset, from inside and from outside', async () => {
    const stage = new Meetings();
    const [a, b] = await stage.actors('a', 'b');
    const outside = await stage.does(a, 'enter');
    await stage.run(stage.doubleBarrier(b).reset());
    await stage.advance(1_000);
    expect(outside.error).toMatchObject({ code: 'barrier-broken' });
    await stage.does(a, 'enter');
    await stage.does(b, 'enter');
    const inside = await stage.does(a, 'leave');
    await stage.run(stage.doubleBarrier(b).reset());
    await stage.advance(1_000);
    expect(inside.error).toMatchObject({ code: 'barrier-broken' });
    await stage.does(a, 'enter');
    expect((await stage.does(b, 'enter')).result).toBe('enter');
  });
});
