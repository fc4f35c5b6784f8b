import { describe, expect, test } from 'vitest';
import type { FailureRecord } from '../../../../lib/local/index.ts';
import { guarantee } from '../../../planted/control.ts';
import { items, Scene, withReads } from './scene.ts';

describe('a bridge', () => {
  test('delivers every change once, in order, in batches', async () => {
    const scene = new Scene();
    scene.write(...items(250), ...items(250));
    const counts = await scene.settle();
    expect(scene.batches).toEqual([100, 100, 100, 100, 100]);
    expect(scene.versionsOf('item-7')).toEqual([1, 2]);
    expect(counts).toMatchObject({ read: 500, invocations: 5, failedInvocations: 0, discarded: 0 });
  });

  test('calls nobody for what no filter lets through, and leaves it behind', async () => {
    const scene = new Scene();
    for (const _ of Array(10)) {
      scene.write(...items(1_000));
      scene.feed.roll();
    }
    const filters = [{ dynamodb: { Keys: { pk: { S: ['item-999'] } } } }];
    const counts = await scene.settle({ mapping: { filters } });
    expect(counts).toMatchObject({ filtered: 9_990, invocations: 10 });
    const nothing = [{ eventName: ['REMOVE'] }];
    scene.write(...items(100));
    const second = await scene.settle({ mapping: { filters: nothing } });
    expect(second).toMatchObject({ read: 100, filtered: 100, invocations: 0 });
  });

  test('gathers within the window, and no longer', async () => {
    const scene = new Scene();
    await using bridge = scene.bridge({ mapping: { batchWindowMs: 1_000 } });
    scene.write('a');
    await scene.clock.advance(600);
    scene.write('b');
    await scene.clock.advance(900);
    scene.write('c');
    await scene.clock.run(bridge.settled());
    expect(scene.batches).toEqual([2, 1]);
    await scene.clock.run(bridge.stop());
  });

  test('begins at the end of the stream when it is told to', async () => {
    const scene = new Scene();
    scene.write('old');
    const bridge = scene.bridge({ mapping: { startingPosition: 'latest' } });
    await scene.clock.run(bridge.settled());
    scene.write('new');
    scene.feed.roll();
    scene.write('newer');
    await scene.clock.run(bridge.settled());
    await scene.clock.run(bridge.stop());
    expect(scene.seen.map(({ item }) => item)).toEqual(['new', 'newer']);
  });

  test('does not show a second attempt what the first has done to its event', async () => {
    const scene = new Scene();
    scene.write('a');
    const bridge = scene.bridge({
      invoke: async ({ Records }) => {
        scene.batches.push(Records.length);
        (Records as unknown[]).length = 0;
        if (scene.batches.length === 1) throw new Error('first');
      },
    });
    await scene.clock.run(bridge.settled());
    await scene.clock.run(bridge.stop());
    expect(scene.batches).toEqual([1, 1]);
    expect(bridge.lastError).toEqual(new Error('first'));
  });
});

describe('a handler that fails', () => {
  test('after its effect sees the batch again', async () => {
    const scene = new Scene();
    scene.write('a', 'b');
    scene.after = (_, invocation) => {
      if (invocation === 1) throw new Error('killed');
    };
    const counts = await scene.settle();
    expect(scene.seen.map(({ item }) => item)).toEqual(['a', 'b', 'a', 'b']);
    expect(counts).toMatchObject({ invocations: 2, failedInvocations: 1, discarded: 0 });
  });

  test('in part goes on where it says', async () => {
    const scene = new Scene();
    scene.write('a', 'b', 'c');
    const failure = { batchItemFailures: [{ itemIdentifier: '2'.padStart(21, '0') }] };
    scene.after = (_, invocation) => (invocation === 1 ? failure : { batchItemFailures: [] });
    await scene.settle({ mapping: { reportsItemFailures: true } });
    expect(scene.seen.map(({ item }) => item)).toEqual(['a', 'b', 'c', 'b', 'c']);
  });

  test('at one record is freed of it by bisection, and the rest is delivered', async () => {
    const scene = new Scene();
    scene.write(...items(64));
    scene.after = (batch) => {
      if (batch.some(({ item }) => item === 'item-37')) throw new Error('poison');
    };
    const failures: FailureRecord[] = [];
    const counts = await scene.settle({
      mapping: { bisectsOnError: true, retryAttempts: 2 },
      onFailure: async (failure) => void failures.push(failure),
    });
    const number = '38'.padStart(21, '0');
    expect(failures).toMatchObject([
      {
        requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
        DDBStreamBatchInfo: { batchSize: 1, startSequenceNumber: number, shardId: 'shard-0' },
      },
    ]);
    expect(counts.discarded).toBe(1);
    // Alone three times, and once in each of the batches of 64, 32, 16, 8, 4 and 2.
    expect(scene.versionsOf('item-37')).toHaveLength(9);
    expect(new Set(scene.seen.map(({ item }) => item)).size).toBe(64);
  });

  test('for too long loses what has become too old', async () => {
    const scene = new Scene();
    scene.write('a');
    scene.after = () => {
      throw new Error('down');
    };
    const failures: FailureRecord[] = [];
    const counts = await scene.settle({
      mapping: { maxRecordAgeMs: 60_000 },
      onFailure: async (failure) => {
        failures.push(failure);
        throw new Error('the destination is down too');
      },
    });
    expect(failures).toMatchObject([{ requestContext: { condition: 'RecordAgeExceeded' } }]);
    expect(counts).toMatchObject({ discarded: 1, errors: 1 });
  });
});

describe('a stream that fails', () => {
  test('for a while loses nothing', async () => {
    const scene = new Scene();
    scene.write(...items(3));
    let failures = 2;
    const shards = async () => {
      failures -= 1;
      if (failures >= 0) throw new Error('throttled');
      return scene.feed.shards();
    };
    const source = withReads(scene.feed, (read, number) => {
      if (number < 4) throw new Error('throttled');
      return read;
    });
    const counts = await scene.settle({ source: { ...source, shards } });
    expect(scene.seen).toHaveLength(3);
    expect(counts.errors).toBe(5);
  });

  test('with a window open keeps what it has brought', async () => {
    const scene = new Scene();
    scene.write('a');
    const source = withReads(scene.feed, (read, number) => {
      if (number === 2) throw new Error('throttled');
      return read;
    });
    await scene.settle({ source, mapping: { batchWindowMs: 5_000 } });
    expect(scene.seen).toHaveLength(1);
  });

  test('by expired iterators repeats and loses nothing', async () => {
    const scene = new Scene();
    for (const _ of [1, 2, 3]) {
      scene.write(...items(900));
      scene.feed.roll();
    }
    const source = withReads(scene.feed, (read, number) =>
      number % 2 === 0 ? { kind: 'expired' } : read,
    );
    await scene.settle({ source });
    expect(scene.seen.map(({ item }) => item)).toEqual([
      ...items(900),
      ...items(900),
      ...items(900),
    ]);
  });

  test('by trimming goes on at the oldest record, and counts the gap', async () => {
    const scene = new Scene();
    scene.write(...items(1_100));
    const checkpoint = { kind: 'after', sequenceNumber: '5'.padStart(21, '0') } as const;
    scene.checkpoints.set('shard-0', { kind: 'reading', position: checkpoint });
    const counts = await scene.settle();
    expect(scene.seen.map(({ item }) => item)).toEqual(items(1_100).slice(100));
    expect(counts.gaps).toBe(1);
  });

  test('by delivering twice shows the function both', async () => {
    const scene = new Scene();
    scene.write('a', 'b');
    const source = withReads(scene.feed, (read) =>
      read.kind === 'records' ? { ...read, records: [...read.records, ...read.records] } : read,
    );
    await scene.settle({ source });
    expect(scene.seen.map(({ item }) => item)).toEqual(['a', 'b', 'a', 'b']);
  });
});

describe('lanes of a bridge', () => {
  test('hold up no other item, and keep the order of each', async () => {
    const scene = new Scene();
    scene.write(...items(40), ...items(40), ...items(40));
    let remaining = 3;
    scene.after = (batch) => {
      if (batch.some(({ item }) => item === 'item-3') && remaining > 0) {
        remaining -= 1;
        throw new Error('not yet');
      }
    };
    const mapping = { parallelizationFactor: 4, batchSize: 10 };
    await scene.settle({ mapping });
    for (const item of items(40)) {
      const versions = scene.versionsOf(item);
      expect(versions.slice(-3)).toEqual([1, 2, 3]);
    }
  });
});

guarantee(
  'stream bridge: what was not handled when a bridge stopped is delivered by the next one',
  { without: 'checkpoint-beyond-handled' },
  async (library) => {
    const scene = new Scene(library);
    scene.write('a', 'b');
    scene.after = () => {
      throw new Error('down');
    };
    const bridge = scene.bridge();
    await scene.clock.advance(5_000);
    await scene.clock.run(bridge.stop());
    if (scene.seen.length < 4) throw new Error('the function was not called twice');
    scene.seen.length = 0;
    scene.after = () => undefined;
    await scene.settle();
    return scene.seen.length === 2;
  },
);

guarantee(
  'stream bridge: a shard is read after its parent',
  { without: 'child-beside-parent' },
  async (library) => {
    const scene = new Scene(library);
    for (const _ of [1, 2, 3]) {
      scene.write(...items(300));
      scene.feed.roll();
    }
    let failures = 3;
    scene.after = ([first]) => {
      if (first?.version !== 1 || failures === 0) return;
      failures -= 1;
      throw new Error('slow at first');
    };
    await scene.settle();
    const highest = new Map<string, number>();
    return scene.seen.every(({ item, version }) => {
      const inOrder = version <= (highest.get(item) ?? 0) + 1;
      highest.set(item, Math.max(version, highest.get(item) ?? 0));
      return inOrder;
    });
  },
);

guarantee(
  'stream bridge: a failed batch is tried again before what comes after it',
  { without: 'failed-batch-last' },
  async (library) => {
    const scene = new Scene(library);
    scene.write('a', 'a', 'a');
    scene.after = (_, invocation) => {
      if (invocation === 1) throw new Error('first');
    };
    await scene.settle({ mapping: { batchSize: 1 } });
    return scene.versionsOf('a').at(-1) === 3;
  },
);
