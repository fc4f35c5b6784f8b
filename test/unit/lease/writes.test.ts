import { describe, expect, it } from 'vitest';
import {
  expiryOf,
  type PassWrite,
  pass,
  type RenewPurpose,
  type RenewWrite,
  release,
  renew,
  ttlSeconds,
} from '../../../lib/lease/writes.ts';
import type { UpdateRequest } from '../../../lib/store/store.ts';
import type { Item } from '../../../lib/store/value.ts';
import { KEY, OWNED, rowAfter, TIME, TOKEN, WEEK_SECONDS, without } from './row-bench.ts';

function renewing(purpose: RenewPurpose, changes: Partial<RenewWrite> = {}): UpdateRequest {
  return renew({
    key: KEY,
    id: 'old',
    token: TOKEN - 1,
    number: 4,
    leaseMs: 6_000,
    time: TIME,
    session: undefined,
    expiresAtMin: 0,
    purpose,
    ...changes,
  });
}

describe('a renewal', () => {
  const beat: RenewPurpose = { kind: 'beat' };

  it('moves the end of the lease and the number, and nothing else but the event', async () => {
    expect(await rowAfter(OWNED, renewing(beat))).toEqual({
      ...without(OWNED, 'event'),
      renewals: 4,
      leaseMs: 6_000,
      expiresAt: 1_008_000,
      ttl: 1_008 + WEEK_SECONDS,
    });
  });

  it.each<[string, Item]>([
    ['another owner', { owner: 'other' }],
    ['another grant of the same owner', { token: TOKEN }],
    ['the same renewal', { renewals: 4 }],
    ['a later renewal', { renewals: 5 }],
  ])('is refused by a row with %s', async (_, change) => {
    expect(await rowAfter({ ...OWNED, ...change }, renewing(beat))).toBeUndefined();
  });

  it('revives neither a row without an owner nor one that is gone', async () => {
    expect(await rowAfter(undefined, renewing(beat))).toBeUndefined();
    expect(await rowAfter({ ...KEY, token: TOKEN - 1 }, renewing(beat))).toBeUndefined();
  });

  it('never moves the end back', async () => {
    const expiresAtMin = 1_500_000;
    expect(await rowAfter(OWNED, renewing(beat, { expiresAtMin }))).toMatchObject({
      expiresAt: expiresAtMin,
      ttl: 1_500 + WEEK_SECONDS,
    });
  });

  it('without the time removes the end, and what TTL would go by', async () => {
    const row = await rowAfter(OWNED, renewing(beat, { time: undefined }));
    expect(row).toMatchObject({ owner: 'old', renewals: 4 });
    expect(row).not.toHaveProperty('expiresAt');
    expect(row).not.toHaveProperty('ttl');
  });

  it('makes a claim an ownership, with the value that its owner publishes', async () => {
    const claim = { ...without(OWNED, 'value', 'valueVersion', 'ownedSince'), renewals: 0 };
    const activate = renewing({ kind: 'activate', value: 'new value' }, { number: 1 });
    expect(await rowAfter(claim, activate)).toMatchObject({
      renewals: 1,
      event: `acquired#${TOKEN - 1}`,
      ownedSince: 1_002_000,
      value: 'new value',
      valueVersion: 1,
    });
  });

  it('publishes a new version, but no older one', async () => {
    const proclaim = renewing({ kind: 'proclaim', value: 'new value', valueVersion: 5 });
    expect(await rowAfter(OWNED, proclaim)).toMatchObject({
      value: 'new value',
      valueVersion: 5,
      event: `proclaimed#${TOKEN - 1}#5`,
    });
    expect(await rowAfter({ ...OWNED, valueVersion: 5 }, proclaim)).toBeUndefined();
  });
});

describe('a release', () => {
  const holding = { key: KEY, id: 'old', token: TOKEN - 1 };
  const freed = {
    ...KEY,
    token: TOKEN - 1,
    previous: { owner: 'old', token: TOKEN - 1, how: 'released' },
    event: `released#${TOKEN - 1}`,
    ttl: 1_002 + WEEK_SECONDS,
  };

  it('leaves the token, how the grant ended, and nothing of the owner', async () => {
    expect(await rowAfter(OWNED, release(holding, 1_002_000))).toEqual(freed);
  });

  it('of a row without waiters keeps the empty line', async () => {
    const row = { ...OWNED, queue: [] };
    expect(await rowAfter(row, release(holding, 1_002_000))).toEqual({ ...freed, queue: [] });
  });

  it.each<[string, Item]>([
    ['another owner', { owner: 'other' }],
    ['another grant of the same owner', { token: TOKEN }],
    ['a waiter', { queue: [{ id: 'w' }] }],
  ])('is refused by a row with %s', async (_, change) => {
    expect(await rowAfter({ ...OWNED, ...change }, release(holding, 0))).toBeUndefined();
  });

  it('is refused when it comes again', async () => {
    const row = await rowAfter(OWNED, release(holding, 0));
    expect(await rowAfter(row, release(holding, 0))).toBeUndefined();
  });
});

describe('a pass to a waiter of the same process', () => {
  function passing(changes: Partial<PassWrite> = {}): UpdateRequest {
    return pass({
      from: { key: KEY, id: 'old', token: TOKEN - 1 },
      to: { id: 'new', label: 'host/old', token: TOKEN },
      leaseMs: 6_000,
      time: TIME,
      session: undefined,
      unlessOthersWait: false,
      value: undefined,
      ...changes,
    });
  }

  it('is a whole grant, and says how the last one ended', async () => {
    expect(await rowAfter(OWNED, passing())).toEqual({
      ...KEY,
      owner: 'new',
      ownerLabel: 'host/old',
      token: TOKEN,
      renewals: 1,
      leaseMs: 6_000,
      expiresAt: 1_008_000,
      ownedSince: 1_002_000,
      previous: { owner: 'old', token: TOKEN - 1, how: 'handed-over' },
      event: `acquired#${TOKEN}`,
      ttl: 1_008 + WEEK_SECONDS,
    });
  });

  it('overtakes the waiters of others, or not', async () => {
    const row = { ...OWNED, queue: [{ id: 'w' }] };
    expect(await rowAfter(row, passing())).toMatchObject({ owner: 'new', queue: [{ id: 'w' }] });
    expect(await rowAfter(row, passing({ unlessOthersWait: true }))).toBeUndefined();
  });

  it('is refused when the grant is over', async () => {
    expect(await rowAfter({ ...OWNED, owner: 'other' }, passing())).toBeUndefined();
    expect(await rowAfter({ ...OWNED, token: TOKEN }, passing())).toBeUndefined();
  });
});

describe('the end of a lease', () => {
  it('is counted from the latest time, in whole milliseconds, and never moved back', () => {
    const terms = { token: 1, leaseMs: 5_000, time: { earliest: 0, latest: 10.5 } };
    expect(expiryOf(terms)).toBe(5_011);
    expect(expiryOf({ ...terms, expiresAtMin: 6_000 })).toBe(6_000);
    expect(expiryOf({ ...terms, time: undefined, expiresAtMin: 6_000 })).toBeUndefined();
  });

  it('is a week before the row is garbage, or the time of the token is', () => {
    expect(ttlSeconds(10_001, 0)).toBe(WEEK_SECONDS + 11);
    expect(ttlSeconds(0, 20_000_000)).toBe(WEEK_SECONDS + 20);
  });
});
