import { describe, expect, it } from 'vitest';
import { planStep, type Sight } from '../../../lib/lease/plan.ts';
import { parseOwnershipRow } from '../../../lib/lease/row.ts';
import type { Item } from '../../../lib/store/value.ts';

const NOW = { earliest: 10_000, latest: 12_000 };
const OWNED = {
  owner: 'theirs',
  token: 5,
  renewals: 2,
  leaseMs: 5_000,
  expiresAt: 20_000,
};

function sight(item: Item, more: Partial<Sight> = {}): Sight {
  return { row: parseOwnershipRow(item), time: NOW, silent: false, ...more };
}

function waiters(count: number, until?: number) {
  return Array.from({ length: count }, (_, index) => ({
    id: `w${index}`,
    ...(until !== undefined && { until }),
  }));
}

describe('the next step', () => {
  it('is to acquire what nobody owns', () => {
    const plain = { kind: 'acquire', seenDead: undefined, expiredQueue: [] };
    expect(planStep('me', sight({}))).toEqual(plain);
    expect(planStep('me', sight({ token: 5 }, { time: undefined }))).toEqual(plain);
  });

  it('is to confirm what is ours already, dead or alive by the look of it', () => {
    const ours = { ...OWNED, owner: 'me', expiresAt: 1 };
    expect(planStep('me', sight(ours, { silent: true }))).toMatchObject({
      kind: 'confirm',
      owner: { id: 'me', renewals: 2 },
    });
  });

  it('is to join the line behind a living owner', () => {
    expect(planStep('me', sight(OWNED))).toMatchObject({ kind: 'enqueue' });
    const behind = { ...OWNED, queue: waiters(31) };
    expect(planStep('me', sight(behind))).toMatchObject({ kind: 'enqueue' });
  });

  it('is to wait, in line or before a full one', () => {
    const inLine = { ...OWNED, queue: [...waiters(3), { id: 'me' }] };
    expect(planStep('me', sight(inLine))).toMatchObject({ kind: 'wait', place: 3 });
    const full = { ...OWNED, queue: waiters(32) };
    expect(planStep('me', sight(full))).toMatchObject({ kind: 'wait', place: undefined });
    expect(planStep('w31', sight(full))).toMatchObject({ kind: 'wait', place: 31 });
  });

  it('is to acquire from a dead owner that nobody waits for', () => {
    const lapsed = { ...OWNED, expiresAt: 9_999 };
    expect(planStep('me', sight(lapsed))).toMatchObject({ kind: 'acquire', seenDead: undefined });
    expect(planStep('me', sight(lapsed, { time: undefined }))).toMatchObject({ kind: 'enqueue' });
  });

  it('is to acquire from an owner that was seen silent, and to say which', () => {
    const step = planStep('me', sight(OWNED, { silent: true }));
    expect(step).toMatchObject({ kind: 'acquire', seenDead: { owner: { id: 'theirs' } } });
  });

  it('is to help the first living waiter of a dead owner, be it oneself', () => {
    const queue = [...waiters(2, 9_000), { id: 'me', until: 11_000 }, { id: 'last' }];
    const lapsed = { ...OWNED, expiresAt: 9_999, queue };
    expect(planStep('other', sight(lapsed))).toMatchObject({
      kind: 'help',
      position: 2,
      entry: { id: 'me' },
      dead: { id: 'theirs' },
      silent: false,
    });
    expect(planStep('me', sight(lapsed))).toMatchObject({ kind: 'help', position: 2 });
    expect(planStep('me', sight(lapsed, { silent: true }))).toMatchObject({ silent: true });
  });

  it('is to acquire past a line of which everybody’s time is over', () => {
    const lapsed = { ...OWNED, expiresAt: 9_999, queue: waiters(2, 9_000) };
    expect(planStep('me', sight(lapsed))).toMatchObject({
      kind: 'acquire',
      expiredQueue: [{ id: 'w0' }, { id: 'w1' }],
    });
  });
});
