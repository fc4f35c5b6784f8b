import { describe, expect, test } from 'vitest';
import type { Actor } from '../support/actor.ts';
import { GroupStage, LEASE_MS, SWEEP_MS } from '../support/groups.ts';

const WATCHERS = 50;

describe('what a group costs', () => {
  test('three writes to join, to leave, and five to drain', async () => {
    const stage = new GroupStage();
    const [a] = await stage.actors('a');
    const first = await stage.enters(a);
    expect(stage.ledger.bill()).toEqual({ requests: 3, readUnits: 0, writeUnits: 3 });
    stage.ledger.clear();
    await stage.run(first.leave());
    expect(stage.ledger.bill()).toEqual({ requests: 3, readUnits: 0, writeUnits: 3 });
    const second = await stage.enters(a);
    stage.ledger.clear();
    await stage.run(second.drain(500));
    expect(stage.ledger.bill()).toEqual({ requests: 5, readUnits: 0, writeUnits: 5 });
  });

  test('a change of a member two, whatever a member tells of itself', async () => {
    const stage = new GroupStage();
    const [a] = await stage.actors('a');
    const id = 'i'.repeat(128);
    const meta = { text: 'm'.repeat(490) };
    const membership = await stage.enters(a, { id, address: 'x'.repeat(128), zone: 'z', meta });
    expect(stage.ledger.bill().writeUnits).toBe(3);
    stage.ledger.clear();
    await stage.run(membership.update({ weight: 2 }));
    expect(stage.ledger.bill()).toEqual({ requests: 2, readUnits: 0, writeUnits: 2 });
  });

  test('one write a beat, four beats a lease', async () => {
    const stage = new GroupStage();
    const [a] = await stage.actors('a');
    await stage.enters(a);
    await stage.advance(LEASE_MS);
    stage.ledger.clear();
    await stage.advance(10 * LEASE_MS);
    const { requests, readUnits, writeUnits } = stage.ledger.bill();
    expect(stage.ledger.count('renew')).toBe(requests);
    expect(writeUnits).toBe(requests);
    expect(readUnits).toBe(0);
    expect(requests).toBeGreaterThanOrEqual(40);
    expect(requests).toBeLessThan(46);
  });

  test('half a read unit a poll, and nothing for those who do not look', async () => {
    const stage = new GroupStage();
    const [a, b] = await stage.actors('a', 'b');
    stage.watches(a);
    await stage.advance(3 * SWEEP_MS);
    stage.ledger.clear();
    await stage.advance(60_000);
    const looks = stage.ledger.arrivals.filter(({ name }) => name === 'look');
    expect(looks.length).toBeGreaterThanOrEqual(50);
    expect(looks.every(({ units }) => units === 0.5)).toBe(true);
    stage.group(b);
    expect(stage.ledger.bill('b').requests).toBe(0);
  });

  test('one sweep an interval for all watchers together', async () => {
    const stage = new GroupStage();
    const labels = Array.from({ length: WATCHERS }, (_, index) => `w${index}`);
    const watchers: readonly Actor[] = await stage.actors(...labels);
    const [a] = await stage.actors('a');
    await stage.enters(a);
    for (const watcher of watchers) stage.watches(watcher);
    await stage.advance(5 * SWEEP_MS);
    stage.ledger.clear();
    const intervals = 20;
    await stage.advance(intervals * SWEEP_MS);
    // Nothing changes, so every consistent read is a sweep's, and every write but a beat its claim.
    const sweeps = stage.ledger.count('read');
    expect(sweeps).toBeLessThanOrEqual(intervals);
    expect(sweeps).toBeGreaterThanOrEqual(intervals - 1);
    const claims = stage.ledger.count('other');
    expect(claims).toBe(sweeps);
    const polls = stage.ledger.count('look') / WATCHERS / intervals;
    // Two polls of one second, and less than one look at who sweeps.
    expect(polls).toBeLessThan(3);
  });
});
