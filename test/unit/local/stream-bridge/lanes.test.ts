import { describe, expect, test } from 'vitest';
import { batchesOf, laneOf } from '../../../../lib/local/stream-bridge/lanes.ts';
import { type EventSourceMapping, mappingOf } from '../../../../lib/local/stream-bridge/mapping.ts';
import { Settled } from '../../../../lib/local/stream-bridge/settled.ts';
import { numbersOf, recordOf, recordsOf } from './records.ts';

describe('lanes', () => {
  test('keep the changes of one item together, and spread the items', () => {
    const items = Array.from({ length: 100 }, (_, index) => `item-${index}`);
    const lanes = items.map((item) => laneOf(recordOf(1, item), 4));
    expect(lanes).toEqual(items.map((item) => laneOf(recordOf(2, item), 4)));
    expect(new Set(lanes)).toEqual(new Set([0, 1, 2, 3]));
  });

  test('are cut into batches of the size and weight that an invocation takes', () => {
    const sizes = batchesOf(recordsOf(7), 3).map(({ records }) => records.length);
    expect(sizes).toEqual([3, 3, 1]);
    const heavy = recordsOf(3).map((record) => ({ ...record, awsRegion: 'x'.repeat(3_500_000) }));
    expect(batchesOf(heavy, 100).map(({ records }) => numbersOf(records))).toEqual([[1], [2], [3]]);
  });
});

describe('the checkpoint', () => {
  test('stays before the first record that is not settled', () => {
    const records = recordsOf(5);
    const [first, second, third, , fifth] = records;
    if (!first || !second || !third || !fifth) throw new Error('five');
    const settled = new Settled(records, [second, third, fifth]);
    expect(settled.checkpoint).toBe('1');
    settled.settle([third, fifth]);
    expect(settled.checkpoint).toBe('1');
    settled.settle([second]);
    expect(settled.checkpoint).toBe('5');
  });

  test('is where it was while nothing is settled', () => {
    const records = recordsOf(1);
    expect(new Settled(records, records).checkpoint).toBeUndefined();
  });
});

describe('a mapping', () => {
  test.each([
    [{ batchSize: 0 }],
    [{ batchSize: 10_001 }],
    [{ batchWindowMs: 300_001 }],
    [{ parallelizationFactor: 11 }],
    [{ retryAttempts: 1.5 }],
    [{ maxRecordAgeMs: 0 }],
    [{ batchsize: 5 }],
  ])('%j is refused', (mapping) => {
    expect(() => mappingOf(mapping as EventSourceMapping)).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});
