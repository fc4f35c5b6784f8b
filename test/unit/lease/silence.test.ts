import { describe, expect, it } from 'vitest';
import { parseOwnershipRow } from '../../../lib/lease/row.ts';
import { SilenceObserver } from '../../../lib/lease/silence.ts';
import type { Item } from '../../../lib/store/value.ts';

function row(changes: Item = {}) {
  return parseOwnershipRow({ owner: 'a', token: 1, renewals: 1, leaseMs: 5_000, ...changes });
}

const free = parseOwnershipRow({ token: 1 });

describe('the observation of an owner', () => {
  it('finds it silent once it has been seen unchanged for more than its lease', () => {
    const observer = new SilenceObserver();
    observer.note(row(), 100);
    expect(observer.isSilent(row(), 5_100)).toBe(false);
    expect(observer.untilSilentMs(row(), 4_100)).toBe(1_000);
    observer.note(row(), 5_101);
    expect(observer.isSilent(row(), 5_101)).toBe(true);
    expect(observer.untilSilentMs(row(), 9_000)).toBe(0);
  });

  it.each<[string, Item]>([
    ['another owner', { owner: 'b' }],
    ['another grant', { token: 2 }],
    ['a renewal', { renewals: 2 }],
  ])('begins anew with %s', (_, change) => {
    const observer = new SilenceObserver();
    observer.note(row(), 0);
    observer.note(row(change), 4_000);
    expect(observer.isSilent(row(change), 8_000)).toBe(false);
    expect(observer.untilSilentMs(row(change), 8_000)).toBe(1_000);
    expect(observer.isSilent(row(change), 9_001)).toBe(true);
  });

  it('begins anew when an owner comes back after another, or after none', () => {
    const observer = new SilenceObserver();
    for (const between of [row({ renewals: 9 }), free]) {
      observer.note(row(), 0);
      observer.note(between, 1_000);
      observer.note(row(), 2_000);
      expect(observer.isSilent(row(), 6_000)).toBe(false);
    }
  });

  it('says nothing of what it has not seen last', () => {
    const observer = new SilenceObserver();
    expect(observer.isSilent(row(), 1_000_000)).toBe(false);
    expect(observer.untilSilentMs(row(), 1_000_000)).toBe(5_000);
    observer.note(row(), 0);
    expect(observer.isSilent(row({ renewals: 2 }), 1_000_000)).toBe(false);
  });

  it('counts the lease that the row has stored', () => {
    const observer = new SilenceObserver();
    observer.note(row(), 0);
    expect(observer.isSilent(row({ leaseMs: 60_000 }), 6_000)).toBe(false);
    expect(observer.untilSilentMs(row({ leaseMs: 60_000 }), 6_000)).toBe(54_000);
  });

  it('has nothing to wait for when nobody owns the row', () => {
    const observer = new SilenceObserver();
    observer.note(free, 0);
    expect(observer.isSilent(free, 1_000_000)).toBe(false);
    expect(observer.untilSilentMs(free, 0)).toBe(0);
  });
});
