import { describe, expect, test } from 'vitest';
import { control, revoke, revoked } from '../../../lib/recipes/index.ts';
import { guarantee } from '../../planted/control.ts';
import { Call } from '../support/pools.ts';
import { Stage } from '../support/stage.ts';

const LEASE_MS = 6_000;

describe('the answers to heartbeats', () => {
  test('tell a holder who asks for its hold, at no request of its own', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a, { leaseMs: LEASE_MS });
    const asked = new Call(revoked(hold));
    stage.ledger.clear();
    const result = await stage.run(revoke(b.holdfast, 'it', { reason: 'deploying' }));
    expect(result).toEqual({ holder: 'a' });
    expect(stage.ledger.bill('b')).toEqual({ requests: 2, readUnits: 1, writeUnits: 1 });
    await stage.advance(LEASE_MS / 2);
    expect(asked.result).toEqual({ by: 'b', reason: 'deploying' });
    expect(new Set(stage.ledger.names('a'))).toEqual(new Set(['renew']));
    expect(hold.remainingMs()).toBeGreaterThan(0);
  });

  test('tell the holder under a session by its beats, and only the one that is meant', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const session = await stage.run(a.holdfast.session({ leaseMs: LEASE_MS }));
    const names = Array.from({ length: 12 }, (_, index) => `lock ${index}`);
    const holds = await stage.run(
      Promise.all(names.map((name) => a.holdfast.lock(name).acquire({ under: session }))),
    );
    stage.ledger.clear();
    await stage.run(revoke(b.holdfast, 'lock 3'));
    expect(stage.ledger.bill('b')).toEqual({ requests: 2, readUnits: 1, writeUnits: 1 });
    await stage.advance(LEASE_MS / 2);
    const told = holds.map((hold) => control(hold).revoke?.by);
    expect(told).toEqual(names.map((name) => (name === 'lock 3' ? 'b' : undefined)));
    // Older requests make room for newer ones.
    for (const name of names) await stage.run(revoke(b.holdfast, name), 10_000);
    await stage.advance(LEASE_MS / 2);
    expect(control(holds[11] as never).revoke).toEqual({ by: 'b', reason: undefined });
    const row = stage.table.snapshot().find(({ sk }) => sk === 'session');
    expect(row?.revokes).toHaveLength(8);
  });

  test('tell how many wait, where the hold has a heartbeat of its own', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a, { leaseMs: LEASE_MS });
    expect(control(hold)).toEqual({ waiting: 0, revoke: undefined });
    const wait = await stage.joins(b);
    await stage.advance(LEASE_MS / 2);
    expect(control(hold).waiting).toBe(1);
    wait.abort();
    const session = await stage.run(a.holdfast.session({ leaseMs: LEASE_MS }));
    const other = await stage.run(a.holdfast.lock('other').acquire({ under: session }));
    expect(control(other)).toEqual({ waiting: 0, revoke: undefined });
  });

  test('tell who waits behind a hold under a session, at no request more', async () => {
    const stage = new Stage();
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const session = await stage.run(a.holdfast.session({ leaseMs: LEASE_MS }));
    const lock = (name: string) => a.holdfast.lock(name).acquire({ under: session });
    const [wanted, other] = await stage.run(Promise.all([lock('it'), lock('other')]));
    stage.ledger.clear();
    const waits = [b, c].map((actor) => stage.wait(actor));
    await stage.advance(LEASE_MS - 500);
    expect([wanted, other].map((hold) => control(hold).waiting)).toEqual([2, 0]);
    // Three looks at the session, of which the second is the mark.
    expect(stage.ledger.count('read', 'b')).toBe(2);
    expect(stage.ledger.count('other', 'b')).toBe(1);
    expect(new Set(stage.ledger.names('a'))).toEqual(new Set(['renew']));
    await stage.advance(2 * LEASE_MS);
    expect(stage.ledger.count('other', 'b')).toBe(1);
    for (const wait of waits) wait.abort();
    await stage.run(wanted.release());
    const next = await stage.run(lock('it'));
    expect(control(next).waiting).toBe(0);
  });

  test('tell of the newest who wait, when there are more than there is room for', async () => {
    const stage = new Stage();
    const labels = Array.from({ length: 10 }, (_, index) => `waiter ${index}`);
    const [a, ...others] = await stage.actors('a', ...labels);
    const session = await stage.run(a.holdfast.session({ leaseMs: LEASE_MS }));
    const names = labels.map((_, index) => `lock ${index}`);
    const holds = await stage.run(
      Promise.all(names.map((name) => a.holdfast.lock(name).acquire({ under: session }))),
    );
    const calls = others.map(
      (actor, index) => new Call(actor.holdfast.lock(`lock ${index}`).acquire()),
    );
    await stage.advance(LEASE_MS);
    const row = stage.table.snapshot().find(({ sk }) => sk === 'session');
    expect([row?.waiters].flat().length).toBeLessThanOrEqual(8);
    const told = holds.filter((hold) => control(hold).waiting === 1);
    expect(told.length).toBeGreaterThan(0);
    expect(calls.every(({ isOver }) => !isOver)).toBe(true);
  });

  test('end with the hold, or with the signal of who listens', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a, { leaseMs: LEASE_MS });
    const stop = new AbortController();
    const [first, second] = [revoked(hold, stop.signal), revoked(hold)];
    stop.abort();
    expect(await stage.run(first)).toBeUndefined();
    await stage.run(hold.release());
    expect(await stage.run(second)).toBeUndefined();
  });

  test('are in vain where nobody holds anything, and refused what makes no sense', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    expect(await stage.run(revoke(a.holdfast, 'it'))).toEqual({ holder: undefined });
    expect(stage.ledger.bill()).toEqual({ requests: 1, readUnits: 1, writeUnits: 0 });
    const long = revoke(a.holdfast, 'it', { reason: 'x'.repeat(129) });
    await expect(long).rejects.toMatchObject({ argument: 'reason' });
    await expect(revoke(a.holdfast, '')).rejects.toMatchObject({ argument: 'name' });
  });
});

guarantee(
  'a request to give up is for the hold that there was, and not for the next one',
  { without: 'revoke-outlives-its-hold' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const session = await stage.run(a.holdfast.session({ leaseMs: LEASE_MS }));
    const lock = a.holdfast.lock('it');
    const first = await stage.run(lock.acquire({ under: session }));
    await stage.run(library.revoke(b.holdfast, 'it'));
    await stage.run(first.release());
    const second = await stage.run(lock.acquire({ under: session }));
    await stage.advance(LEASE_MS / 2);
    return library.control(second).revoke === undefined;
  },
);

guarantee(
  'who waits is told to a session that lives, and leaves no trace of one that does not',
  { without: 'waiters-told-to-a-tombstone' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const session = await stage.run(a.holdfast.session({ leaseMs: LEASE_MS }));
    await stage.run(a.holdfast.lock('it').acquire({ under: session }));
    const call = new Call(b.holdfast.lock('it').acquire());
    await stage.advance(500);
    a.die();
    // As an operator does, or the garbage collection of a table that was restored.
    const { id } = session;
    await stage.table.write({
      kind: 'delete',
      key: { pk: `default#session#${id}`, sk: 'session' },
    });
    await stage.until(() => call.isOver);
    return call.result !== undefined && stage.table.snapshot().every(({ sk }) => sk !== 'session');
  },
);

guarantee(
  'who waits is told of the hold that it waits behind, and not of the next one',
  { without: 'waiters-of-an-earlier-hold' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const session = await stage.run(a.holdfast.session({ leaseMs: LEASE_MS }));
    const lock = a.holdfast.lock('it');
    const first = await stage.run(lock.acquire({ under: session }));
    const wait = stage.wait(b);
    await stage.advance(LEASE_MS - 500);
    if (library.control(first).waiting !== 1) throw new Error('nobody has told');
    wait.abort();
    await stage.advance(100);
    await stage.run(first.release());
    const second = await stage.run(lock.acquire({ under: session }));
    await stage.advance(LEASE_MS / 2);
    return library.control(second).waiting === 0;
  },
);
