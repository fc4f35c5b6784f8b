import { describe, expect, test } from 'vitest';
import { locks } from '../../../lib/recipes/index.ts';
import { RowItems } from '../../../lib/store/row-items.ts';
import type { StoreFailure } from '../../../lib/store/store.ts';
import { Call } from '../support/pools.ts';
import { Several } from '../support/several.ts';

const NAMES = ['x', 'y', 'z'];
const LEASE_MS = 6_000;
const ALL_AT_ONCE = { requests: 1, readUnits: 0, writeUnits: 6 };
const NOBODY = [undefined, undefined, undefined];

/** A table whose native transactions all fail. */
class Failing extends RowItems {
  sent = 0;
  failure: StoreFailure = { reason: 'access-denied', retryable: false, message: 'denied' };

  override transactWrite() {
    this.sent += 1;
    return Promise.resolve({ kind: 'failed', failure: this.failure } as const);
  }
}

describe('several locks on a table with native transactions', () => {
  test('are taken in one request of two units each', async () => {
    const several = new Several();
    const { stage } = several;
    const [a] = await stage.actors('a');
    const hold = await stage.run(several.locks(a, ['z', 'x', 'y']).acquire());
    expect(stage.ledger.bill()).toEqual(ALL_AT_ONCE);
    expect(several.owners(NAMES)).toEqual(['a', 'a', 'a']);
    const stored = NAMES.map((name) => [name, several.row(name).token]);
    expect(hold.tokens).toEqual(Object.fromEntries(stored));
    stage.ledger.clear();
    expect(await stage.run(hold.release())).toEqual({ outcome: 'released' });
    expect(stage.ledger.bill()).toEqual({ requests: 3, readUnits: 0, writeUnits: 3 });
    expect(several.owners(NAMES)).toEqual(NOBODY);
    const again = await several.tries(a, NAMES);
    for (const name of NAMES) expect(again?.tokens[name]).toBeGreaterThan(hold.tokens[name] ?? 0);
  });

  test('are renewed one by one from then on', async () => {
    const several = new Several();
    const { stage } = several;
    const [a, b] = await stage.actors('a', 'b');
    const hold = await several.tries(a, NAMES, { leaseMs: LEASE_MS });
    await stage.advance(3 * LEASE_MS);
    expect(hold?.remainingMs()).toBeGreaterThan(0);
    expect(await several.tries(b, NAMES)).toBeUndefined();
    expect(stage.ledger.count('renew', 'a')).toBeGreaterThan(3 * 3);
  });

  test('cost one request in vain, which names the first that is held', async () => {
    const several = new Several();
    const { stage } = several;
    const [a, b] = await stage.actors('a', 'b');
    const held = await stage.run(b.holdfast.lock('y').acquire(), 10_000);
    await stage.run(b.holdfast.lock('z').acquire(), 10_000);
    const result = await stage.run(several.locks(a, NAMES).tryAcquire());
    const holder = { label: 'b', token: held.token, waiting: 0 };
    expect(result).toMatchObject({ acquired: false, name: 'y', holder });
    expect(stage.ledger.bill('a')).toEqual(ALL_AT_ONCE);
    expect(several.owners(NAMES)).toEqual([undefined, 'b', 'b']);
  });

  test('are waited for one by one when one of them is held', async () => {
    const several = new Several();
    const { stage } = several;
    const [a, b] = await stage.actors('a', 'b');
    const held = await stage.run(b.holdfast.lock('y').acquire(), 10_000);
    const call = new Call(several.locks(a, NAMES).acquire());
    await stage.until(() => several.row('y').queue.length === 1);
    expect(stage.ledger.names('a')).toEqual(['acquire-all', 'acquire', 'enqueue']);
    await stage.run(held.release());
    await stage.until(() => call.isOver);
    expect(several.owners(NAMES)).toEqual(['a', 'a', 'a']);
  });

  test('cost a read more where a process does not know the time yet', async () => {
    const several = new Several();
    const { stage } = several;
    const a = stage.actor('a');
    await several.tries(a, NAMES);
    expect(stage.ledger.names()).toEqual(['read', 'acquire-all']);
    expect(stage.ledger.bill()).toEqual({ requests: 2, readUnits: 1, writeUnits: 6 });
  });

  test('are taken one by one where nobody tells the time', async () => {
    const several = new Several();
    const { stage } = several;
    const [b] = await stage.actors('b');
    const first = await several.tries(b, NAMES);
    await stage.run(Promise.all([first?.release()]));
    stage.dated = false;
    const a = stage.actor('a');
    expect(await several.tries(a, NAMES)).toBeDefined();
    expect(stage.ledger.count('acquire-all', 'a')).toBe(0);
  });

  test('are taken by the plain request when there is but one', async () => {
    const several = new Several();
    const { stage } = several;
    const [a] = await stage.actors('a');
    await several.tries(a, ['x']);
    expect(stage.ledger.names()).toEqual(['acquire']);
  });

  test('are taken one by one for whoever prefers that to cost less', async () => {
    const several = new Several();
    const { stage } = several;
    const [a] = await stage.actors('a');
    const cheap = locks(a.holdfast, NAMES, { prefer: 'cost', items: several.network(a) });
    await stage.run(cheap.acquire());
    expect(stage.ledger.bill()).toEqual({ requests: 3, readUnits: 0, writeUnits: 3 });
    const wrong = { code: 'invalid-argument', argument: 'prefer' };
    const calling = () => locks(a.holdfast, NAMES, { prefer: 'speed' as never });
    expect(calling).toThrow(expect.objectContaining(wrong));
  });

  test('are taken one by one, after one look, where there are no transactions', async () => {
    const several = new Several(undefined, { lacksTransactions: true });
    const { stage } = several;
    const [a] = await stage.actors('a');
    const one = ['acquire', 'acquire'];
    const hold = await several.tries(a, ['x', 'y']);
    expect(hold).toBeDefined();
    expect(stage.ledger.names()).toEqual(['acquire-all', ...one]);
    await stage.run(several.locks(a, ['v', 'w']).acquire());
    expect(stage.ledger.names()).toEqual(['acquire-all', ...one, ...one]);
  });

  test.each([
    ['access-denied', false, 1],
    ['invalid-request', false, 2],
  ] as const)('are taken one by one where a transaction is %s', async (reason, retryable, sent) => {
    const several = new Several();
    const { stage } = several;
    const [a] = await stage.actors('a');
    const items = new Failing(a.network);
    items.failure = { reason, retryable, message: 'so it is' };
    for (const names of [
      ['x', 'y'],
      ['v', 'w'],
    ]) {
      const result = await stage.run(locks(a.holdfast, names, { items }).tryAcquire());
      expect(result.acquired).toBe(true);
    }
    expect(items.sent).toBe(sent);
  });

  test('fail as a single one does when no request is answered', async () => {
    const several = new Several();
    const { stage } = several;
    const [a] = await stage.actors('a');
    const items = new Failing(a.network);
    items.failure = { reason: 'throttled', retryable: true, message: 'too many' };
    const call = new Call(locks(a.holdfast, NAMES, { items }).tryAcquire());
    await stage.until(() => call.isOver);
    expect(call.error).toMatchObject({ code: 'store-unavailable' });
    expect(stage.clock.monotonicMs()).toBeGreaterThan(5_000);
    expect(several.owners(NAMES)).toEqual(NOBODY);
  });

  test('are asked for one by one when others are at work on them again and again', async () => {
    const several = new Several();
    const { stage } = several;
    const [a] = await stage.actors('a');
    const items = new Failing(a.network);
    items.failure = { reason: 'conflict', retryable: true, message: 'at work' };
    const result = await stage.run(locks(a.holdfast, NAMES, { items }).tryAcquire(), 10_000);
    expect(result.acquired).toBe(true);
    expect(items.sent).toBe(5);
  });

  test('are taken by the next request when one was turned away', async () => {
    const several = new Several();
    const { stage } = several;
    const [a] = await stage.actors('a');
    several.network(a).onNextWrite('throttled');
    expect(await several.tries(a, NAMES)).toBeDefined();
    expect(stage.ledger.names()).toEqual(['acquire-all']);
  });

  test('of two who name them in other orders go to one after the other', async () => {
    const several = new Several();
    const { stage } = several;
    const [a, b] = await stage.actors('a', 'b');
    const both = [
      new Call(several.locks(a, ['x', 'y']).using(() => stage.clock.monotonicMs())),
      new Call(several.locks(b, ['y', 'x']).using(() => stage.clock.monotonicMs())),
    ];
    await stage.until(() => both.every((call) => call.isOver));
    const doneMs = both.map(({ result }) => result ?? Number.POSITIVE_INFINITY);
    expect(Math.max(...doneMs)).toBeLessThan(900);
  });
});

describe('several locks of the dead', () => {
  test('are taken in one request when their leases are over', async () => {
    const several = new Several();
    const { stage } = several;
    const [a, b] = await stage.actors('a', 'b');
    await several.tries(a, NAMES, { leaseMs: LEASE_MS });
    a.die();
    await stage.advance(2 * LEASE_MS);
    await stage.run(b.holdfast.lock('earlier').holder());
    stage.ledger.clear();
    expect(await several.tries(b, NAMES)).toBeDefined();
    expect(stage.ledger.bill('b')).toEqual(ALL_AT_ONCE);
  });

  test('are taken in one request after they were seen silent', async () => {
    const several = new Several();
    const { stage } = several;
    const [a, b] = await stage.actors('a', 'b');
    await several.tries(a, NAMES, { leaseMs: LEASE_MS });
    a.die();
    for (const name of NAMES) {
      const { pk, sk } = { pk: `default#lock#${name}`, sk: 'lock' };
      const row = stage.table.peek({ pk, sk });
      const { expiresAt: _, ...timeless } = row ?? {};
      await stage.table.write({ kind: 'put', item: { ...timeless, pk, sk } });
    }
    expect(await several.tries(b, NAMES)).toBeUndefined();
    await stage.advance(LEASE_MS + 100);
    stage.ledger.clear();
    expect(await several.tries(b, NAMES)).toBeDefined();
    expect(stage.ledger.names('b')).toEqual(['acquire-all']);
  });

  test('are taken after one look and one kill when their session is over', async () => {
    const several = new Several();
    const { stage } = several;
    const [a, b] = await stage.actors('a', 'b');
    const session = await stage.run(a.holdfast.session({ leaseMs: LEASE_MS }));
    await several.tries(a, NAMES, { under: session });
    a.die();
    await stage.advance(2 * LEASE_MS);
    await stage.run(b.holdfast.lock('earlier').holder());
    stage.ledger.clear();
    expect(await several.tries(b, NAMES)).toBeDefined();
    expect(stage.ledger.names('b')).toEqual(['acquire-all', 'read', 'kill', 'acquire-all']);
  });

  test('are handed to who waits for one of them, and not taken', async () => {
    const several = new Several();
    const { stage } = several;
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    await several.tries(a, NAMES, { leaseMs: LEASE_MS });
    const waits = new Call(c.holdfast.lock('y').acquire());
    await stage.until(() => several.row('y').queue.length === 1);
    a.die();
    await stage.advance(1_000);
    c.network.isolate();
    await stage.advance(LEASE_MS + 2_000);
    await stage.run(b.holdfast.lock('earlier').holder());
    expect(await several.tries(b, NAMES)).toBeUndefined();
    expect(several.owners(NAMES)).toEqual([undefined, 'c', 'a']);
    expect(waits.isOver).toBe(false);
  });
});

describe('several locks under a session', () => {
  test('are taken at once, cost nothing while held, and end with it', async () => {
    const several = new Several();
    const { stage } = several;
    const [a] = await stage.actors('a');
    const session = await stage.run(a.holdfast.session({ leaseMs: LEASE_MS }));
    stage.ledger.clear();
    const hold = await several.tries(a, NAMES, { under: session });
    expect(stage.ledger.bill()).toEqual(ALL_AT_ONCE);
    await stage.advance(2 * LEASE_MS);
    expect(stage.ledger.count('renew')).toBeLessThan(10);
    expect(hold?.remainingMs()).toBeGreaterThan(0);
    await stage.run(session.close());
    expect(hold?.remainingMs()).toBe(0);
  });

  test('are not taken under one that is over', async () => {
    const several = new Several();
    const { stage } = several;
    const [a] = await stage.actors('a');
    const session = await stage.run(a.holdfast.session({ leaseMs: LEASE_MS }));
    const call = new Call(several.locks(a, NAMES).acquire({ under: session }));
    // On its way, and not answered yet, when the session ends.
    await stage.until(() => stage.ledger.count('acquire-all') === 1);
    await stage.run(session.close());
    await stage.until(() => call.isOver);
    expect(call.error).toMatchObject({ code: 'closed' });
    await stage.advance(1_000);
    expect(several.owners(NAMES)).toEqual(NOBODY);
  });
});
