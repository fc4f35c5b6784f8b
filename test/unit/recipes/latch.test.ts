import { describe, expect, test } from 'vitest';
import { parseLatchRow } from '../../../lib/lock/latch-row.ts';
import * as recipes from '../../../lib/recipes/index.ts';
import { guarantee } from '../../planted/control.ts';
import type { Actor } from '../support/actor.ts';
import { poolRequest } from '../support/pool-request.ts';
import { Call } from '../support/pools.ts';
import { Stage } from '../support/stage.ts';

const ONE_WRITE = { requests: 1, readUnits: 0, writeUnits: 1 };

function latchOf(actor: Actor, count = 2, library: Pick<typeof recipes, 'latch'> = recipes) {
  return library.latch(actor.holdfast, 'it', { count });
}

function rowOf(stage: Stage) {
  return parseLatchRow(stage.table.snapshot()[0]);
}

guarantee(
  'a latch: a count that arrives twice counts once',
  { without: 'latch-counts-requests' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.run(latchOf(b, 3, library).countDown('b'));
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 100 }, poolRequest('counted'));
    await stage.run(latchOf(a, 3, library).countDown('a'));
    await stage.advance(200);
    return rowOf(stage).left === 1;
  },
);

guarantee(
  'a latch: what is counted after the opening changes nothing',
  { without: 'latch-counts-below-zero' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const latch = latchOf(a, 1, library);
    await stage.run(latch.countDown('a'));
    const late = await stage.run(latch.countDown('b')).catch((error: unknown) => error);
    return JSON.stringify(late) === JSON.stringify({ counted: false, remaining: 0 });
  },
);

guarantee(
  'a latch: two who are the first make one row together',
  { without: 'latch-made-anew' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const calls = [a, b].map((actor) => latchOf(actor, 3, library).countDown(actor.label));
    await stage.run(Promise.all(calls));
    return rowOf(stage).left === 1;
  },
);

describe('a latch', () => {
  test('is counted down in one request of one unit, and opens for all who wait', async () => {
    const stage = new Stage();
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const wait = new Call(
      latchOf(c)
        .wait()
        .then(() => 'open'),
    );
    await stage.run(latchOf(a).countDown('a'));
    await stage.advance(5_000);
    expect(wait.isOver).toBe(false);
    stage.ledger.clear();
    expect(await stage.run(latchOf(b).countDown('b'))).toEqual({ counted: true, remaining: 0 });
    expect(stage.ledger.bill('b')).toEqual(ONE_WRITE);
    await stage.advance(1_000);
    expect(wait.result).toBe('open');
    expect(await stage.run(latchOf(a).remaining())).toBe(0);
  });

  test.each(['lose-answer', 'drop'] as const)('knows its own count after: %s', async (kind) => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    a.network.onNextWrite({ kind }, poolRequest('counted'));
    const result = await stage.run(latchOf(a).countDown('a'), 10_000);
    expect(result).toEqual({ counted: true, remaining: 1 });
    expect(rowOf(stage)).toMatchObject({ left: 1, parties: new Set(['a']) });
  });

  test('counts an id once, and says so the second time', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.run(latchOf(a).countDown('part'));
    const again = await stage.run(latchOf(b).countDown('part'));
    expect(again).toEqual({ counted: false, remaining: 1 });
  });

  test('counts every call without an id', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    await stage.run(latchOf(a).countDown());
    expect(await stage.run(latchOf(a).countDown())).toEqual({ counted: true, remaining: 0 });
  });

  test('tells each kind of misuse apart, and changes nothing', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.run(latchOf(a).countDown('a'));
    const before = rowOf(stage);
    const mismatch = { code: 'count-mismatch' };
    await expect(stage.run(latchOf(b, 3).countDown('b'))).rejects.toMatchObject(mismatch);
    await expect(stage.run(latchOf(b, 3).wait())).rejects.toMatchObject(mismatch);
    expect(() => latchOf(a, 0)).toThrow(/whole number/);
    await expect(latchOf(a).countDown('')).rejects.toThrow(/1 to 64/);
    await expect(latchOf(a).countDown('__proto__')).rejects.toThrow(/1 to 64/);
    expect(rowOf(stage)).toEqual(before);
  });

  test('gives up waiting in time, and when told to', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const timeout = stage.run(latchOf(a).wait({ timeoutMs: 500 }));
    await expect(timeout).rejects.toMatchObject({ code: 'acquire-timeout' });
    const abort = new AbortController();
    const call = new Call(latchOf(a).wait({ signal: abort.signal }));
    await stage.advance(100);
    abort.abort(new Error('enough'));
    await stage.clock.settle();
    await stage.advance(20);
    expect(call.error).toMatchObject({ message: 'enough' });
    const closed = new Call(latchOf(a).wait());
    await stage.run(a.holdfast.close());
    await stage.advance(20);
    expect(closed.error).toMatchObject({ code: 'closed' });
  });
});
