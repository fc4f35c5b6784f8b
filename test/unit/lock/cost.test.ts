import { describe, expect, test } from 'vitest';
import type { Actor } from '../support/actor.ts';
import { Stage } from '../support/stage.ts';

describe('what a lock costs', () => {
  test('taking and releasing it: two requests, two write units, nothing read', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    for (let round = 1; round <= 3; round += 1) {
      await stage.run((await stage.acquires(a)).release());
      const each = 2 * round;
      expect(stage.ledger.bill()).toEqual({ requests: each, readUnits: 0, writeUnits: each });
    }
  });

  test('the very first time in a process: one consistent read more', async () => {
    const stage = new Stage();
    const a = stage.actor('a');
    await stage.run((await stage.acquires(a)).release());
    expect(stage.ledger.names()).toEqual(['read', 'acquire', 'release']);
    expect(stage.ledger.bill()).toEqual({ requests: 3, readUnits: 1, writeUnits: 2 });
  });

  test('holding it: one write unit four times a lease', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    await stage.acquires(a, { leaseMs: 15_000 });
    stage.ledger.clear();
    await stage.advance(10 * 60_000);
    const { requests, writeUnits } = stage.ledger.bill();
    expect(writeUnits).toBe(requests);
    expect(new Set(stage.ledger.names())).toEqual(new Set(['renew']));
    // 600 s at intervals of 3.375 to 3.75 s.
    expect(requests).toBeGreaterThanOrEqual(160);
    expect(requests).toBeLessThanOrEqual(178);
  });

  test('handing it over to a known waiter: one write each to join, hand over, accept', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    const wait = await stage.joins(b);
    const renewals = stage.ledger.count('renew');
    // The renewal shows the owner who waits.
    await stage.until(() => stage.ledger.count('renew') > renewals);
    await stage.advance(10);
    stage.ledger.clear();
    await stage.run(hold.release());
    expect(stage.ledger.bill('a')).toEqual({ requests: 1, readUnits: 0, writeUnits: 1 });
    await stage.granted(wait, 1_000);
    const { readUnits, writeUnits } = stage.ledger.bill('b');
    expect(writeUnits).toBe(1);
    expect(stage.ledger.count('activate', 'b')).toBe(1);
    expect(readUnits).toBe(stage.ledger.count('look', 'b') / 2);
  });

  test('handing it over to an unknown waiter: one refused request more', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    await stage.joins(b);
    stage.ledger.clear();
    await stage.run(hold.release());
    expect(stage.ledger.names('a')).toEqual(['release', 'hand-over']);
  });

  test('waiting: no writes, and looks of half a unit that grow rarer up to the claim', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.acquires(a);
    await stage.joins(b);
    const looks: number[] = [];
    for (let minute = 0; minute < 5; minute += 1) {
      stage.ledger.clear();
      await stage.advance(60_000);
      const { requests, readUnits, writeUnits } = stage.ledger.bill('b');
      expect({ readUnits, writeUnits }).toEqual({ readUnits: requests / 2, writeUnits: 0 });
      looks.push(requests);
    }
    expect(looks[4]).toBeLessThan(looks[0] ?? 0);
    // Four looks a claim, of 3 s, give or take the jitter.
    expect(looks[4]).toBeGreaterThan(70);
    expect(looks[4]).toBeLessThan(100);
  });

  test('asking who has it: one consistent read', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.acquires(a);
    stage.ledger.clear();
    const holder = await stage.run(b.holdfast.lock('it').holder());
    expect(holder?.label).toBe('a');
    expect(stage.ledger.bill('b')).toEqual({ requests: 1, readUnits: 1, writeUnits: 0 });
  });

  test('with ten processes in line: one unit a write; with 32: three at most', async () => {
    const stage = new Stage();
    const labels = Array.from({ length: 33 }, (_, index) => `ip-10-0-12-${100 + index}/12345`);
    const [holder, ...waiters] = await stage.actors(...labels);
    await stage.acquires(holder as Actor);
    for (const waiter of waiters) await stage.joins(waiter);
    const joined = stage.ledger.arrivals.filter(
      ({ name, outcome }) => name === 'enqueue' && outcome === 'applied',
    );
    const units = joined.map((arrival) => arrival.units);
    expect(units.slice(0, 10)).toEqual(Array(10).fill(1));
    expect(Math.max(...units)).toBe(3);
  });
});
