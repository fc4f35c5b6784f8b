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
    expect(control(other)).toEqual({ waiting: undefined, revoke: undefined });
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
