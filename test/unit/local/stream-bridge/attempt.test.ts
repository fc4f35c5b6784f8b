import { describe, expect, test } from 'vitest';
import {
  afterAttempt,
  type Batch,
  withoutAged,
} from '../../../../lib/local/stream-bridge/attempt.ts';
import { numbersOf, recordOf, recordsOf } from './records.ts';

const LIMITS = { bisectsOnError: false, retryAttempts: 2 };
const BISECTING = { ...LIMITS, bisectsOnError: true };
const WHOLE = { kind: 'failed', from: 0 } as const;

function shapeOf(batches: readonly Batch[]): [number[], number][] {
  return batches.map(({ records, failures }) => [numbersOf(records), failures]);
}

describe('a batch', () => {
  const batch = { records: recordsOf(5), failures: 1 };

  test('that is done leaves nothing', () => {
    const expected = { again: [], discarded: undefined };
    expect(afterAttempt(batch, { kind: 'done' }, LIMITS)).toEqual(expected);
  });

  test('that failed is tried again, once more failed', () => {
    expect(shapeOf(afterAttempt(batch, WHOLE, LIMITS).again)).toEqual([[[1, 2, 3, 4, 5], 2]]);
  });

  test('that failed in part is tried again from there', () => {
    const { again } = afterAttempt(batch, { kind: 'failed', from: 3 }, BISECTING);
    expect(shapeOf(again)).toEqual([[[4, 5], 2]]);
  });

  test('that failed is cut in two, which is no attempt', () => {
    const { again } = afterAttempt(batch, WHOLE, BISECTING);
    expect(shapeOf(again)).toEqual([
      [[1, 2, 3], 1],
      [[4, 5], 1],
    ]);
  });

  test('of one record cannot be cut', () => {
    const { again } = afterAttempt({ records: recordsOf(1), failures: 0 }, WHOLE, BISECTING);
    expect(shapeOf(again)).toEqual([[[1], 1]]);
  });

  test('is given up after its last attempt, the failures counted', () => {
    const { again, discarded } = afterAttempt({ ...batch, failures: 2 }, WHOLE, LIMITS);
    expect(again).toEqual([]);
    expect(discarded).toMatchObject({
      condition: 'RetryAttemptsExhausted',
      batch: { failures: 3 },
    });
  });

  test('is never given up without a limit', () => {
    const limits = { ...LIMITS, retryAttempts: -1 };
    expect(afterAttempt({ ...batch, failures: 10_000 }, WHOLE, limits).again).toHaveLength(1);
  });
});

describe('records that are too old', () => {
  const records = [recordOf(1, 'a', 10), recordOf(2, 'a', 20), recordOf(3, 'a', 30)];
  const batch = { records, failures: 0 };

  test('are given up before the others', () => {
    const { batch: young, discarded } = withoutAged(batch, 31_000, 5_000);
    expect(numbersOf(young?.records ?? [])).toEqual([3]);
    expect(numbersOf(discarded?.batch.records ?? [])).toEqual([1, 2]);
    expect(discarded?.condition).toBe('RecordAgeExceeded');
  });

  test('may be all or none', () => {
    expect(withoutAged(batch, 40_000, 5_000).batch).toBeUndefined();
    expect(withoutAged(batch, 30_000, 20_000)).toEqual({ batch, discarded: undefined });
  });
});
