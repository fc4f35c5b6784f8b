import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../../lib/transaction/lock.ts';
import { planNative } from '../../../lib/transaction/native-plan.ts';
import { judgeCancellation, judgeTrace } from '../../../lib/transaction/native-verdict.ts';
import type { Access, Intent } from '../../../lib/transaction/plan.ts';

const OPTIONS = { id: 'me', partitionKeyOf: () => 'id', fence: undefined, prefer: undefined };
const SEEN: Snapshot = { image: { value: { N: '1' } }, version: 'v.0', isPending: false };
const NOTHING: Snapshot = { image: undefined, version: undefined, isPending: false };

function access(id: string, snapshot: Snapshot, intent?: Intent): Access {
  return { name: id, place: { table: 'items', key: { id: { S: id } } }, snapshot, intent };
}

function put(bytes = 1): Intent {
  return { kind: 'put', image: { text: { S: 'x'.repeat(bytes) } } };
}

function many(count: number): Access[] {
  return Array.from({ length: count }, (_, index) => access(`${index}`, SEEN, put()));
}

describe('a native request', () => {
  test('is for up to a hundred items, the row of the hold among them', () => {
    const key = { pk: 'p', sk: 's' };
    const condition = { kind: 'exists', path: ['owner'] } as const;
    const fence = { kind: 'row-check', table: 'rows', key, condition } as const;
    expect(planNative(many(100), OPTIONS)?.items).toHaveLength(100);
    expect(planNative(many(101), OPTIONS)).toBeUndefined();
    expect(planNative(many(99), { ...OPTIONS, fence })).toMatchObject({ fence });
    expect(planNative(many(100), { ...OPTIONS, fence })).toBeUndefined();
  });

  test('is for less than 4 MB', () => {
    const large = Array.from({ length: 10 }, (_, at) => access(`${at}`, NOTHING, put(395_000)));
    expect(planNative(large, OPTIONS)).toBeDefined();
    expect(planNative([...large, access('y', NOTHING, put(395_000))], OPTIONS)).toBeUndefined();
  });

  test('is not for an item that exists and has no version', () => {
    const outside = access('x', { ...SEEN, version: undefined });
    expect(planNative([outside, ...many(1)], OPTIONS)).toBeUndefined();
  });

  test.each([
    [0, true],
    [1, true],
    [2, false],
    [5, false],
  ])('with %i items only read, is the cheaper one: %s', (reads, isCheaper) => {
    const accesses = [
      ...many(2),
      ...Array.from({ length: reads }, (_, at) => access(`r${at}`, SEEN)),
    ];
    const plan = planNative(accesses, { ...OPTIONS, prefer: 'cost' });
    expect(plan !== undefined).toBe(isCheaper);
  });

  test('is as dear for absent keys as their locks, all but one', () => {
    const absent = ['a', 'b', 'c', 'd'].map((id) => access(id, NOTHING));
    const accesses = [...many(2), ...absent];
    expect(planNative(accesses, { ...OPTIONS, prefer: 'cost' })).toBeDefined();
  });
});

describe('a cancelled native request', () => {
  const plan = planNative([access('x', SEEN, put()), access('y', NOTHING, put())], OPTIONS);
  const refused = (item: Record<string, { S: string }> | undefined) =>
    ({ kind: 'refused', item }) as const;
  const none = { kind: 'none' } as const;
  const failed = (reason: 'conflict' | 'invalid-request', retryable: boolean) =>
    ({ kind: 'failed', failure: { reason, retryable, message: reason } }) as const;

  test.each([
    ['its own version', [refused({ _txv: { S: 'me.0' } }), none], 'committed'],
    ['its own version before last', [none, refused({ _txp: { S: 'me.1' } })], 'committed'],
    ['another version', [refused({ _txv: { S: 'other.0' } }), none], 'overtaken'],
    ['no item any more', [refused(undefined), none], 'overtaken'],
    ['an item where there was none', [none, refused({ _txv: { S: 'other.0' } })], 'changed'],
    ['another transaction at work', [none, failed('conflict', true)], 'busy'],
    [
      'a fault and another version',
      [refused(undefined), failed('invalid-request', false)],
      'invalid',
    ],
    ['no reason', [none, none], undefined],
  ])('by %s is found to be so', (_, reasons, kind) => {
    if (plan === undefined) throw new Error('a plan');
    expect(judgeCancellation(plan, reasons)?.kind).toBe(kind);
  });

  test('by a lock on an item that is as it was seen waits for that lock', () => {
    if (plan === undefined) throw new Error('a plan');
    const fields = { id: { S: 'other' }, n: { N: '0' }, a: { N: '0' } };
    const item = { value: { N: '1' }, _txv: { S: 'v.0' }, _txl: { M: fields } };
    const stub = { id: { S: 'y' }, _txl: { M: { ...fields, s: { N: '1' } } } };
    const lock = { id: 'other', number: 0, attempt: 0, isStub: false };
    const judge = (...reasons: Parameters<typeof judgeCancellation>[1]) =>
      judgeCancellation(plan, reasons);
    expect(judge({ kind: 'refused', item }, none)).toMatchObject({ kind: 'locked', lock });
    expect(judge(none, { kind: 'refused', item: stub })).toMatchObject({ kind: 'locked' });
  });

  test.each([
    [{ _txv: { S: 'me.0' } }, 'committed'],
    [{ _txv: { S: 'other.0' }, _txp: { S: 'me.0' } }, 'committed'],
    [{ _txv: { S: 'other.0' }, _txp: { S: 'v.0' } }, 'overtaken'],
    [{ _txv: { S: 'v.0' } }, undefined],
    [{ _txv: { S: 'other.0' }, _txp: { S: 'third.0' } }, undefined],
    [undefined, undefined],
  ])('an item that is read later shows what became of it: %o, %s', (item, trace) => {
    const written = plan?.items[0];
    if (written === undefined) throw new Error('a plan');
    expect(judgeTrace(written, item)).toBe(trace);
  });
});
