import { describe, expect, test } from 'vitest';
import { type OwnershipRow, parseOwnershipRow } from '../../../lib/lease/row.ts';
import { locks } from '../../../lib/recipes/index.ts';
import { guarantee } from '../../planted/control.ts';
import type { Actor } from '../support/actor.ts';
import { Call } from '../support/pools.ts';
import { Stage } from '../support/stage.ts';

const NAMES = ['x', 'y', 'z'];

function rowOf(stage: Stage, name: string): OwnershipRow {
  const { pk } = { pk: `default#lock#${name}` };
  return parseOwnershipRow(stage.table.snapshot().find((item) => item.pk === pk));
}

/** The labels of those who hold the locks, in the order of their names. */
function owners(stage: Stage): readonly (string | undefined)[] {
  return NAMES.map((name) => rowOf(stage, name).owner?.label);
}

function takesOne(stage: Stage, actor: Actor, name: string) {
  return stage.run(actor.holdfast.lock(name).acquire(), 10_000);
}

describe('several locks', () => {
  test('are taken and given back in one request of one unit each', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const all = locks(a.holdfast, ['z', 'x', 'y']);
    const hold = await stage.run(all.acquire());
    expect(stage.ledger.bill()).toEqual({ requests: 3, readUnits: 0, writeUnits: 3 });
    expect(owners(stage)).toEqual(['a', 'a', 'a']);
    expect(hold.tokens).toEqual(
      Object.fromEntries(NAMES.map((name) => [name, rowOf(stage, name).token])),
    );
    expect(hold.guards().map(({ ConditionCheck }) => ConditionCheck.Key.pk)).toHaveLength(3);
    stage.ledger.clear();
    expect(await stage.run(hold.release())).toEqual({ outcome: 'released' });
    expect(stage.ledger.bill()).toEqual({ requests: 3, readUnits: 0, writeUnits: 3 });
    expect(await stage.run(hold.release())).toEqual({ outcome: 'already-released' });
    expect(owners(stage)).toEqual([undefined, undefined, undefined]);
  });

  test('can be had under a session, and then cost nothing while held', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const session = await stage.run(a.holdfast.session({ leaseMs: 6_000 }));
    const hold = await stage.run(locks(a.holdfast, NAMES).acquire({ under: session }));
    stage.ledger.clear();
    await stage.advance(6_000);
    expect(stage.ledger.arrivals.length).toBeLessThan(5);
    expect(hold.remainingMs()).toBeGreaterThan(0);
  });

  test('tell by their signal of the loss of one of them', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.run(locks(a.holdfast, NAMES).acquire());
    await stage.table.write({ kind: 'delete', key: { pk: 'default#lock#y', sk: 'lock' } });
    await stage.until(() => hold.signal.aborted);
    expect(hold.signal.reason).toMatchObject({ code: 'lease-lost', reason: 'removed' });
    expect(hold.remainingMs()).toBe(0);
    expect(() => hold.throwIfLost()).toThrow("lock 'y'");
    expect(hold.hold('x').remainingMs()).toBeGreaterThan(0);
    expect(await stage.run(hold.release())).toEqual({ outcome: 'lost', takenBy: undefined });
    expect(owners(stage)).toEqual([undefined, undefined, undefined]);
  });

  test('end a wait in time with nothing held', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await takesOne(stage, b, 'z');
    const call = new Call(locks(a.holdfast, NAMES).acquire({ timeoutMs: 5_000 }));
    await stage.until(() => call.isOver);
    expect(call.error).toMatchObject({ code: 'acquire-timeout', heldBy: 'b' });
    expect(stage.clock.monotonicMs()).toBeLessThan(6_000);
    await stage.advance(1_000);
    expect(owners(stage)).toEqual([undefined, undefined, 'b']);
    expect(rowOf(stage, 'z').queue).toEqual([]);
  });

  test('leave nothing behind when the caller gives up, with his own reason', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await takesOne(stage, b, 'y');
    const stop = new AbortController();
    const call = new Call(locks(a.holdfast, NAMES).acquire({ signal: stop.signal }));
    await stage.until(() => rowOf(stage, 'y').queue.length === 1);
    stop.abort(new Error('enough'));
    await stage.until(() => call.isOver);
    expect(call.error).toEqual(new Error('enough'));
    await stage.advance(1_000);
    expect(owners(stage)).toEqual([undefined, 'b', undefined]);
  });

  test('refuse names that make no sense, before any request', async () => {
    const stage = new Stage();
    const { holdfast } = stage.actor('a');
    const wrong = { code: 'invalid-argument', argument: 'names' };
    expect(() => locks(holdfast, [])).toThrow(expect.objectContaining(wrong));
    expect(() => locks(holdfast, ['x', 'y', 'x'])).toThrow(expect.objectContaining(wrong));
    expect(() => locks(holdfast, 'xy' as never)).toThrow(expect.objectContaining(wrong));
    const many = Array.from({ length: 101 }, (_, index) => `${index}`);
    expect(() => locks(holdfast, many)).toThrow(expect.objectContaining(wrong));
    expect(() => locks(holdfast, ['x', ''])).toThrow(expect.objectContaining({ argument: 'name' }));
    const hold = await stage.run(locks(holdfast, ['x']).acquire(), 10_000);
    expect(() => hold.hold('y')).toThrow(/one of the names/);
  });
});

guarantee(
  'several locks: a try in vain holds nothing',
  { without: 'locks-try-keeps-part' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    await takesOne(stage, b, 'z');
    const result = await stage.run(library.locks(a.holdfast, NAMES).tryAcquire());
    if (result.acquired || result.name !== 'z') throw new Error('z is not free');
    return owners(stage).join() === ',,b';
  },
);

guarantee(
  'several locks: those who name them in other orders do not get into each other’s way',
  { without: 'locks-in-the-callers-order' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const both = [
      new Call(library.locks(a.holdfast, ['x', 'y']).using(() => stage.clock.monotonicMs())),
      new Call(library.locks(b.holdfast, ['y', 'x']).using(() => stage.clock.monotonicMs())),
    ];
    await stage.until(() => both.every((call) => call.isOver));
    return both.every(({ result }) => (result ?? Number.POSITIVE_INFINITY) < 900);
  },
);

guarantee(
  'several locks: a circle with one who takes them singly comes to an end',
  { without: 'locks-never-back-out' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const second = await takesOne(stage, b, 'y');
    const all = new Call(library.locks(a.holdfast, ['x', 'y']).acquire());
    await stage.until(() => rowOf(stage, 'y').queue.length === 1);
    const first = new Call(b.holdfast.lock('x').acquire());
    for (let turn = 0; turn < 2_000 && !first.isOver; turn += 1) await stage.advance(10);
    if (first.result === undefined) return false;
    await stage.run(Promise.all([first.result.release(), second.release()]));
    await stage.until(() => all.isOver);
    return all.result !== undefined;
  },
);

guarantee(
  'several locks: none of them was lost while the last was waited for',
  { without: 'locks-granted-without-a-part' },
  async (library) => {
    let isWhole = true;
    for (let waitMs = 1_000; waitMs <= 6_000; waitMs += 500) {
      const stage = new Stage(library);
      // Where no timer runs, nobody is told of the end of a lease.
      const a = stage.actor('a', { mode: 'lambda', requestTimeoutMs: 500 });
      const [b] = await stage.actors('b');
      const last = await takesOne(stage, b, 'y');
      const call = new Call(library.locks(a.holdfast, ['x', 'y']).acquire({ leaseMs: 2_000 }));
      await stage.advance(waitMs);
      await stage.run(last.release());
      await stage.until(() => call.isOver);
      if (call.result === undefined) throw new Error('not granted');
      isWhole &&= call.result.hold('x').remainingMs() > 0;
    }
    return isWhole;
  },
);
