import { describe, expect, it } from 'vitest';
import { isHoldfastError } from '../../../lib/index.ts';
import { NO_ROW, parseOwnershipRow } from '../../../lib/lease/row.ts';
import type { Item } from '../../../lib/store/value.ts';

const FULL: Item = {
  pk: 'default#lock#it',
  sk: 'lock',
  owner: 'id',
  ownerLabel: 'host/1',
  token: 12,
  renewals: 3,
  leaseMs: 15_000,
  expiresAt: 1_000.5,
  ownedSince: 900,
  queue: [{ id: 'w1', label: 'host/2', until: 2_000 }, { id: 'w2' }],
  previous: { owner: 'before', token: 11, how: 'released' },
  takenFrom: 'nobody',
  value: { address: '10.0.0.1' },
  valueVersion: 2,
  event: 'acquired#12',
  ttl: 5,
};

describe('an ownership row', () => {
  it('is read with everything that it says', () => {
    expect(parseOwnershipRow(FULL)).toMatchObject({
      token: 12,
      owner: {
        id: 'id',
        label: 'host/1',
        renewals: 3,
        leaseMs: 15_000,
        expiresAt: 1_000.5,
        ownedSince: 900,
      },
      queue: [
        { id: 'w1', label: 'host/2', until: 2_000 },
        { id: 'w2', label: 'w2', until: undefined },
      ],
      previous: { owner: 'before', token: 11, how: 'released' },
      takenFrom: 'nobody',
      value: { address: '10.0.0.1' },
      valueVersion: 2,
    });
  });

  it('that does not exist, or says nothing, is free and without a token', () => {
    expect(parseOwnershipRow(undefined)).toBe(NO_ROW);
    expect(parseOwnershipRow({ pk: 'a', sk: 'b' })).toEqual(NO_ROW);
  });

  it('without an owner is not read for one', () => {
    const { owner: _, ...rest } = FULL;
    expect(parseOwnershipRow({ ...rest, renewals: 'left over' }).owner).toBeUndefined();
  });

  it.each<[string, Item, string]>([
    ['owner', { owner: 7 }, "'owner': expected a string, got 7"],
    ['owner', { owner: null }, "'owner': expected a string, got null"],
    ['ownerLabel', { ownerLabel: [] }, "'ownerLabel': expected a string, got []"],
    ['token', { token: '12' }, `'token': expected a whole number, got "12"`],
    ['token', { token: 1.5 }, "'token': expected a whole number, got 1.5"],
    ['token', { token: -1 }, "'token': expected a whole number, got -1"],
    ['token', { token: 2 ** 53 }, "'token': expected a whole number, got 9007199254740992"],
    ['renewals', { renewals: 0.5 }, "'renewals': expected a whole number"],
    ['leaseMs', { leaseMs: 'long' }, "'leaseMs': expected a whole number"],
    ['expiresAt', { expiresAt: '1' }, "'expiresAt': expected a number"],
    ['ownedSince', { ownedSince: true }, "'ownedSince': expected a number, got true"],
    ['queue', { queue: { id: 'a' } }, `'queue': expected a list, got {"id":"a"}`],
    ['queue', { queue: ['a'] }, "'queue': expected a map"],
    ['queue', { queue: [{ label: 'a' }] }, "'queue.id': expected a string, got nothing"],
    ['queue', { queue: [{ id: 1 }] }, "'queue.id': expected a string, got 1"],
    ['queue', { queue: [{ id: 'a', label: 1 }] }, "'queue.label': expected a string"],
    ['queue', { queue: [{ id: 'a', until: 'b' }] }, "'queue.until': expected a number"],
    ['previous', { previous: 'a' }, "'previous': expected a map"],
    ['previous', { previous: [] }, "'previous': expected a map"],
    ['previous', { previous: { token: 1, how: 'released' } }, "'previous.owner': expected a st"],
    ['previous', { previous: { owner: 'a', how: 'released' } }, "'previous.token': expected a"],
    ['previous', { previous: { owner: 'a', token: 1, how: 'lost' } }, "'previous.how': expected r"],
    ['takenFrom', { takenFrom: 1 }, "'takenFrom': expected a string"],
    ['valueVersion', { valueVersion: 'a' }, "'valueVersion': expected a whole number"],
  ])('with a strange %s is an error that says so, never a guess: %o', (_, strange, message) => {
    let error: unknown;
    try {
      parseOwnershipRow({ ...FULL, ...strange });
    } catch (thrown) {
      error = thrown;
    }
    expect(isHoldfastError(error, 'row-invalid')).toBe(true);
    expect((error as Error).message).toContain(`attribute ${message}`);
  });

  it.each(['renewals', 'leaseMs'])('with an owner lacks no %s', (name) => {
    const { [name]: _, ...rest } = FULL;
    expect(() => parseOwnershipRow(rest)).toThrow(
      `'${name}': expected a whole number, got nothing`,
    );
  });
});
