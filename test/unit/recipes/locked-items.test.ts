import { describe, expect, test } from 'vitest';
import { lockedItems } from '../../../lib/recipes/index.ts';
import type { StoreRequest } from '../../../lib/testing/fault-script.ts';
import { guarantee } from '../../planted/control.ts';
import { Locked } from '../support/locked.ts';
import { ITEM_TABLES } from '../support/own-items.ts';
import { Call } from '../support/pools.ts';

const LEASE_MS = 6_000;
const ONE_WRITE = { requests: 1, readUnits: 0, writeUnits: 1 };

/** Whether a request writes the item, and sets that attribute. */
function sets(attribute: string) {
  return (request: StoreRequest): boolean =>
    'kind' in request &&
    request.kind === 'update' &&
    request.actions.some(({ kind, path }) => kind === 'set' && path[0] === attribute);
}

describe('a locked item', () => {
  test('is read, changed and written in two requests of one unit each', async () => {
    const locked = new Locked();
    const { stage } = locked;
    const [a] = await stage.actors('a');
    await locked.given({ balance: 10, owner: 'Ada' });
    const hold = await locked.takes(a);
    expect(stage.ledger.bill()).toEqual(ONE_WRITE);
    expect(hold.item).toEqual({ pk: 'item#it', sk: 'item', balance: 10, owner: 'Ada' });
    stage.ledger.clear();
    await stage.run(hold.write({ set: { balance: 7 }, remove: ['none'] }));
    expect(stage.ledger.bill()).toEqual(ONE_WRITE);
    expect(locked.content()).toEqual({ balance: 7, owner: 'Ada' });
    expect(locked.stored()).toMatchObject({ _lockToken: hold.token, _lockWritten: hold.token });
    expect(Object.keys(locked.stored() ?? {})).not.toContain('_lock');
    expect(Object.keys(locked.stored() ?? {})).not.toContain('ttl');
    expect((await locked.takes(a)).token).toBeGreaterThan(hold.token);
  });

  test('that is held is left alone, by a try of one request', async () => {
    const locked = new Locked();
    const { stage } = locked;
    const [a, b] = await stage.actors('a', 'b');
    await locked.given({ balance: 10 });
    const { token } = await locked.takes(a);
    const before = locked.stored();
    stage.ledger.clear();
    const result = await stage.run(locked.item(b).tryAcquire());
    expect(result).toMatchObject({ acquired: false, holder: { label: 'a', token } });
    expect(stage.ledger.bill('b')).toEqual(ONE_WRITE);
    expect(locked.stored()).toEqual(before);
  });

  test('goes on as it was when it is released unwritten', async () => {
    const locked = new Locked();
    const { stage } = locked;
    const [a] = await stage.actors('a');
    await locked.given({ balance: 10 });
    const hold = await locked.takes(a);
    stage.ledger.clear();
    expect(await stage.run(hold.release())).toEqual({ outcome: 'released' });
    expect(stage.ledger.bill()).toEqual(ONE_WRITE);
    expect(await stage.run(hold.release())).toEqual({ outcome: 'already-released' });
    expect(locked.stored()).toEqual({
      pk: 'item#it',
      sk: 'item',
      balance: 10,
      _lockToken: hold.token,
    });
  });

  test('need not exist: what is not written leaves nothing behind', async () => {
    const locked = new Locked();
    const { stage } = locked;
    const [a] = await stage.actors('a');
    const hold = await locked.takes(a);
    expect(stage.ledger.bill()).toEqual({ requests: 2, readUnits: 0, writeUnits: 2 });
    expect(hold.item).toBeUndefined();
    expect(locked.stored()).toMatchObject({ _lockStub: 1 });
    await stage.run(hold.release());
    expect(locked.stored()).toBeUndefined();
    const again = await locked.takes(a);
    await stage.run(again.write({ set: { balance: 1 } }));
    expect(again.token).toBeGreaterThan(hold.token);
    expect(locked.content()).toEqual({ balance: 1 });
    const last = await locked.takes(a);
    await stage.run(last.delete());
    expect(locked.stored()).toBeUndefined();
  });

  test('that has nothing but its key is not taken for a stub', async () => {
    const locked = new Locked();
    const { stage } = locked;
    const [a] = await stage.actors('a');
    await locked.given({});
    const hold = await locked.takes(a);
    expect(hold.item).toEqual({ pk: 'item#it', sk: 'item' });
    await stage.run(hold.release());
    expect(locked.content()).toEqual({});
    expect(locked.stored()).toBeDefined();
  });

  test('of a process that died long ago is taken in one request', async () => {
    const locked = new Locked();
    const { stage } = locked;
    const [a, b] = await stage.actors('a', 'b');
    await locked.given({ balance: 10 });
    const lost = await locked.takes(a);
    a.die();
    await stage.advance(60_000);
    // What is known of the time gets old.
    await stage.run(b.holdfast.lock('earlier').holder());
    stage.ledger.clear();
    const hold = await locked.takes(b);
    expect(stage.ledger.bill()).toEqual(ONE_WRITE);
    expect(hold.token).toBeGreaterThan(lost.token);
  });

  test('is renewed in the background for as long as the work takes', async () => {
    const locked = new Locked();
    const { stage } = locked;
    const [a, b] = await stage.actors('a', 'b');
    await locked.given({ balance: 10 });
    const hold = await locked.takes(a, { leaseMs: LEASE_MS });
    await stage.advance(5 * LEASE_MS);
    expect(hold.remainingMs()).toBeGreaterThan(0);
    expect((await stage.run(locked.item(b).tryAcquire())).acquired).toBe(false);
    await stage.run(hold.write({ set: { balance: 11 } }));
    expect(locked.content()).toEqual({ balance: 11 });
  });

  test('is waited for, and had when it is given up', async () => {
    const locked = new Locked();
    const { stage } = locked;
    const [a, b] = await stage.actors('a', 'b');
    await locked.given({ balance: 10 });
    const hold = await locked.takes(a);
    const early = new Call(locked.item(b).acquire({ timeoutMs: 500 }));
    const call = new Call(locked.item(b).acquire());
    await stage.until(() => early.isOver);
    expect(early.error).toMatchObject({ code: 'acquire-timeout', heldBy: 'a' });
    await stage.run(hold.write({ set: { balance: 11 } }));
    await stage.advance(1_000);
    expect(call.result?.item).toMatchObject({ balance: 11 });
  });

  test('under a session is not renewed, and returns by one kill and one write', async () => {
    const locked = new Locked();
    const { stage } = locked;
    const [a, b] = await stage.actors('a', 'b');
    await locked.given({ balance: 10 });
    const session = await stage.run(a.holdfast.session({ leaseMs: LEASE_MS }));
    const hold = await locked.takes(a, { under: session });
    await stage.advance(3 * LEASE_MS);
    expect(hold.remainingMs()).toBeGreaterThan(0);
    expect((await stage.run(locked.item(b).tryAcquire())).acquired).toBe(false);
    a.die();
    await stage.advance(2 * LEASE_MS);
    stage.ledger.clear();
    await locked.takes(b);
    // It is known who has it. A look finds the session lapsed, one kill, one take.
    expect(stage.ledger.bill('b')).toEqual({ requests: 3, readUnits: 1, writeUnits: 2 });
  });

  test('is given back when the body of using throws, and when the instance closes', async () => {
    const locked = new Locked();
    const { stage } = locked;
    const [a] = await stage.actors('a');
    await locked.given({ balance: 10 });
    const failing = locked.item(a).using(() => Promise.reject(new Error('no')));
    await expect(stage.run(failing)).rejects.toThrow('no');
    expect(locked.content()).toEqual({ balance: 10 });
    await stage.run(locked.item(a).using((hold) => hold.write({ set: { balance: 3 } })));
    await locked.takes(a);
    expect(await stage.run(a.holdfast.close())).toEqual({ released: 1, unreleased: [] });
    expect(Object.keys(locked.stored() ?? {})).not.toContain('_lock');
  });

  test('refuses what makes no sense, and nothing is changed', async () => {
    const locked = new Locked();
    const { stage } = locked;
    const [a] = await stage.actors('a');
    await locked.given({ balance: 10 });
    const wrong = (argument: string) =>
      expect.objectContaining({ code: 'invalid-argument', argument });
    const items = lockedItems(a.holdfast, { tables: ITEM_TABLES, items: {} as never });
    expect(() => items.item('others', { id: 'x' })).toThrow(wrong('table'));
    expect(() => items.item('items', { pk: 'x' })).toThrow(wrong('key.sk'));
    expect(() => lockedItems(a.holdfast, { tables: ITEM_TABLES })).toThrow(wrong('items'));
    const hold = await locked.takes(a);
    const before = locked.stored();
    for (const set of [{ _lock: 1 }, { _lockToken: 1 }, { _txl: 1 }, { pk: 'y' }]) {
      await expect(hold.write({ set })).rejects.toMatchObject({ code: 'invalid-argument' });
    }
    await expect(hold.write({ remove: ['_lock'] })).rejects.toThrow('_lock');
    expect(locked.stored()).toEqual(before);
    await stage.run(hold.write({}));
    await expect(hold.write({})).rejects.toEqual(wrong('hold'));
    await expect(hold.delete()).rejects.toEqual(wrong('hold'));
  });

  test('knows its own requests again when their answers are lost', async () => {
    const locked = new Locked();
    const { stage } = locked;
    const [a] = await stage.actors('a');
    await locked.given({ balance: 10 });
    a.network.onNextWrite({ kind: 'lose-answer' }, sets('_lock'));
    const hold = await locked.takes(a);
    expect(hold.remainingMs()).toBeGreaterThan(0);
    a.network.onNextWrite({ kind: 'lose-answer' }, sets('balance'));
    await stage.run(hold.write({ set: { balance: 11 } }), 20_000);
    expect(locked.content()).toEqual({ balance: 11 });
  });

  test('says that nobody knows, when others have written since an unanswered write', async () => {
    const locked = new Locked();
    const { stage } = locked;
    const [a, b] = await stage.actors('a', 'b');
    await locked.given({ balance: 10 });
    const hold = await locked.takes(a);
    a.network.onNextWrite({ kind: 'lose-answer' }, sets('balance'));
    const call = new Call(hold.write({ set: { balance: 11 } }).then(() => 'written'));
    await stage.advance(50);
    const next = await locked.takes(b);
    expect(next.item).toMatchObject({ balance: 11 });
    await stage.run(next.write({ set: { balance: 12 } }));
    await stage.until(() => call.isOver);
    expect(call.error).toMatchObject({ code: 'outcome-unknown' });
  });
});

guarantee(
  'a locked item: a holder that was paused past its lease writes nothing',
  { without: 'item-written-without-its-hold' },
  async (library) => {
    const locked = new Locked(library);
    const { stage } = locked;
    const [a, b] = await stage.actors('a', 'b');
    await locked.given({ balance: 10 });
    const hold = await locked.takes(a, { leaseMs: LEASE_MS });
    // Sent in time, and under way for longer than the lease.
    a.network.onNextWrite({ kind: 'delay', byMs: 4 * LEASE_MS }, sets('balance'));
    a.network.onNextWrite({ kind: 'drop' }, sets('balance'));
    const late = new Call(hold.write({ set: { balance: 11 } }).then(() => 'written'));
    a.die();
    await stage.advance(2 * LEASE_MS);
    const next = await locked.takes(b);
    await stage.run(next.write({ set: { balance: 20 } }));
    await stage.advance(4 * LEASE_MS);
    if (late.isOver) throw new Error('the process is dead');
    return locked.content().balance === 20;
  },
);

guarantee(
  'a locked item: the late copy of a take is not a hold',
  { without: 'item-taken-by-a-late-copy' },
  async (library) => {
    const locked = new Locked(library);
    const { stage } = locked;
    const [a] = await stage.actors('a');
    await locked.given({ balance: 10 });
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 3_000 }, sets('_lock'));
    const hold = await locked.takes(a);
    await stage.run(hold.write({ set: { balance: 11 } }));
    await stage.advance(5_000);
    return locked.stored()?._lock === undefined;
  },
);

guarantee(
  'a locked item: what is given back unwritten is not deleted, unless it was nothing but a lock',
  { without: 'item-stub-left-behind' },
  async (library) => {
    const locked = new Locked(library);
    const { stage } = locked;
    const [a] = await stage.actors('a');
    const hold = await locked.takes(a);
    await stage.run(hold.release());
    return locked.stored() === undefined;
  },
);

guarantee(
  'a locked item: an older renewal that arrives late does not shorten the lease',
  { without: 'item-renewals-not-numbered' },
  async (library) => {
    const locked = new Locked(library);
    const { stage } = locked;
    const [a, b] = await stage.actors('a', 'b');
    await locked.given({ balance: 10 });
    const hold = await locked.takes(a, { leaseMs: 30_000 });
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 32_000 }, sets('_lock'));
    await stage.advance(30_000);
    a.network.isolate();
    await stage.advance(15_000);
    if (hold.remainingMs() === 0) throw new Error('it was not renewed in time');
    return !(await stage.run(locked.item(b).tryAcquire())).acquired;
  },
);
