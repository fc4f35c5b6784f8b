import { describe, expect, it } from 'vitest';
import { parseOwnershipRow } from '../../../lib/lease/row.ts';
import { type AcquireWrite, acquire } from '../../../lib/lease/writes.ts';
import type { UpdateRequest } from '../../../lib/store/store.ts';
import type { Item } from '../../../lib/store/value.ts';
import { KEY, OWNED, rowAfter, TIME, TOKEN, WEEK_SECONDS, without } from './row-bench.ts';

function acquiring(changes: Partial<AcquireWrite> = {}): UpdateRequest {
  return acquire({
    key: KEY,
    id: 'new',
    token: TOKEN,
    label: 'host/new',
    leaseMs: 6_000,
    time: TIME,
    session: undefined,
    seenDead: undefined,
    expiredQueue: [],
    value: undefined,
    ...changes,
  });
}

const LAPSED: Item = { ...OWNED, expiresAt: 999_999 };

describe('an acquire', () => {
  const granted = {
    ...KEY,
    owner: 'new',
    ownerLabel: 'host/new',
    token: TOKEN,
    renewals: 1,
    leaseMs: 6_000,
    expiresAt: 1_008_000,
    ownedSince: 1_002_000,
    takenFrom: 'nobody',
    event: `acquired#${TOKEN}`,
    ttl: Math.ceil(1_008 + WEEK_SECONDS),
  };

  it('writes all of a grant into a row that did not exist', async () => {
    expect(await rowAfter(undefined, acquiring())).toEqual(granted);
  });

  it('leaves nothing of a dead owner but its id', async () => {
    expect(await rowAfter(LAPSED, acquiring())).toEqual({ ...granted, takenFrom: 'old' });
  });

  it('publishes a value as its first version', async () => {
    const value = { address: 'here' };
    expect(await rowAfter(LAPSED, acquiring({ value }))).toMatchObject({
      value,
      valueVersion: 1,
    });
  });

  it.each<[string, Item]>([
    ['a living owner', OWNED],
    ['an owner whose end may be still to come', { ...OWNED, expiresAt: 1_000_000 }],
    ['an owner without an end on the table clock', without(OWNED, 'expiresAt')],
    ['the same token', { ...KEY, token: TOKEN }],
    ['a larger token', { ...KEY, token: TOKEN + 1 }],
    ['a waiter', { ...KEY, token: 1, queue: [{ id: 'w' }] }],
  ])('is refused by a row with %s', async (_, row) => {
    expect(await rowAfter(row, acquiring())).toBeUndefined();
  });

  it.each<[string, Item]>([
    ['has no owner', { ...KEY, token: TOKEN - 1 }],
    ['has an empty line', { ...KEY, queue: [] }],
  ])('takes a row that %s', async (_, row) => {
    expect(await rowAfter(row, acquiring())).toMatchObject({ owner: 'new', token: TOKEN });
  });

  it('takes a row from the owner that was seen silent, as it was seen and no other', async () => {
    const seenDead = parseOwnershipRow(OWNED);
    expect(await rowAfter(OWNED, acquiring({ seenDead }))).toMatchObject({ takenFrom: 'old' });
    for (const change of [{ renewals: 4 }, { owner: 'other' }, { token: TOKEN - 2 }]) {
      expect(await rowAfter({ ...OWNED, ...change }, acquiring({ seenDead }))).toBeUndefined();
    }
  });

  it('drops a line of which everybody’s time is over, unless somebody has joined', async () => {
    const queue = [{ id: 'w1' }, { id: 'w2' }];
    const expiredQueue = parseOwnershipRow({ queue }).queue;
    const lapsed = { ...LAPSED, queue };
    expect(await rowAfter(lapsed, acquiring({ expiredQueue }))).toMatchObject({ queue: [] });
    const joined = { ...lapsed, queue: [...queue, { id: 'w3' }] };
    expect(await rowAfter(joined, acquiring({ expiredQueue }))).toBeUndefined();
    const moved = { ...lapsed, queue: [{ id: 'w2' }, { id: 'w3' }] };
    expect(await rowAfter(moved, acquiring({ expiredQueue }))).toBeUndefined();
  });

  it('without the time follows on the last token only, and stores no end', async () => {
    const timeless = acquiring({ time: undefined });
    expect(await rowAfter({ ...KEY, token: TOKEN - 1, expiresAt: 1 }, timeless)).toEqual(
      without(granted, 'expiresAt', 'ownedSince', 'ttl'),
    );
    expect(await rowAfter({ ...KEY, token: TOKEN - 2 }, timeless)).toBeUndefined();
    expect(await rowAfter(undefined, timeless)).toBeUndefined();
  });
});
