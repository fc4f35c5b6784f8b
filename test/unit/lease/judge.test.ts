import { describe, expect, it } from 'vitest';
import { firstLiving, isLapsed, judgeHolding, placeOf } from '../../../lib/lease/judge.ts';
import { type OwnershipRow, parseOwnershipRow } from '../../../lib/lease/row.ts';
import type { Item } from '../../../lib/store/value.ts';

const holding = { id: 'mine', token: 7 };

/** A row owned by somebody else, unless told otherwise. */
function row(changes: Item = {}): OwnershipRow {
  const owned = { owner: 'theirs', ownerLabel: 'they', token: 8, renewals: 1, leaseMs: 5_000 };
  return parseOwnershipRow({ ...owned, ...changes });
}

/** A row without an owner. */
function free(changes: Item = {}): OwnershipRow {
  return parseOwnershipRow({ token: 8, ...changes });
}

describe('the judgement of a holding by the row that refused its write', () => {
  it.each<[string, OwnershipRow, unknown]>([
    [
      'is held: the row names it',
      row({ owner: 'mine', renewals: 4 }),
      { kind: 'held', renewals: 4 },
    ],
    [
      'is taken: the owner’s acquire ended it',
      row({ takenFrom: 'mine' }),
      { kind: 'taken', by: 'they' },
    ],
    [
      'is taken: a helper ended it',
      row({ previous: { owner: 'mine', token: 7, how: 'taken' } }),
      { kind: 'taken', by: 'they' },
    ],
    [
      'is ended: by a release',
      free({ previous: { owner: 'mine', token: 7, how: 'released' } }),
      { kind: 'ended', how: 'released' },
    ],
    [
      'is ended: by a hand-over, to whom matters not',
      row({ previous: { owner: 'mine', token: 7, how: 'handed-over' } }),
      { kind: 'ended', how: 'handed-over' },
    ],
    [
      'is forgotten: others have held it since',
      row({ previous: { owner: 'another', token: 7, how: 'released' } }),
      { kind: 'forgotten', by: 'they' },
    ],
    ['is forgotten: the row is gone', parseOwnershipRow(undefined), { kind: 'forgotten' }],
    ['is forgotten: somebody removed the owner', free(), { kind: 'forgotten' }],
  ])('%s', (_, seen, verdict) => {
    expect(judgeHolding(seen, holding)).toEqual(verdict);
  });

  it('that was released and then taken by an acquire is ended, not taken', () => {
    const released = { owner: 'mine', token: 7, how: 'released' };
    const seen = row({ takenFrom: 'nobody', previous: released });
    expect(judgeHolding(seen, holding)).toEqual({ kind: 'ended', how: 'released' });
  });
});

describe('a lease', () => {
  it('has lapsed only when the table’s time is surely past its end', () => {
    const owned = row({ expiresAt: 1_000 });
    expect(isLapsed(owned, { earliest: 1_000, latest: 9_000 })).toBe(false);
    expect(isLapsed(owned, { earliest: 1_000.1, latest: 1_000.1 })).toBe(true);
  });

  it('has not lapsed for an observer without the time, or without an end in the row', () => {
    expect(isLapsed(row({ expiresAt: 0 }), undefined)).toBe(false);
    expect(isLapsed(row(), { earliest: 1, latest: 2 })).toBe(false);
    expect(isLapsed(free({ expiresAt: 0 }), { earliest: 1, latest: 2 })).toBe(false);
  });
});

describe('a line', () => {
  const waiting = row({
    queue: [{ id: 'a', until: 100 }, { id: 'b', until: 200 }, { id: 'c' }],
  });

  it('has a place for each who waits, and none for others', () => {
    expect(placeOf(waiting, 'a')).toBe(0);
    expect(placeOf(waiting, 'c')).toBe(2);
    expect(placeOf(waiting, 'd')).toBe(-1);
  });

  it.each([
    [undefined, 0],
    [100, 0],
    [100.5, 1],
    [200.5, 2],
  ])('at %s begins with its place %s', (earliest, place) => {
    const time = earliest === undefined ? undefined : { earliest, latest: 1_000 };
    expect(firstLiving(waiting, time)).toBe(place);
  });

  it('of waiters whose time is over begins behind them all', () => {
    const expired = row({
      queue: [
        { id: 'a', until: 1 },
        { id: 'b', until: 2 },
      ],
    });
    expect(firstLiving(expired, { earliest: 3, latest: 4 })).toBe(2);
    expect(firstLiving(row(), undefined)).toBe(0);
  });
});
