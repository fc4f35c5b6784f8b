import { describe, expect, test } from 'vitest';
import { nextTurn } from '../../../lib/core/turn.ts';
import { Holdfast } from '../../../lib/holdfast.ts';
import { sequence } from '../../../lib/naming/index.ts';
import type { ItemStore } from '../../../lib/store/item-store.ts';
import { MemoryItemStore } from '../../../lib/store/memory-item-store.ts';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import type { RequestObserver } from '../../../lib/store/request-observer.ts';
import {
  type TransactionMode,
  type TransactOptions,
  transactions,
} from '../../../lib/transaction/index.ts';

/** What requests have cost, and how many times somebody waited for answers. */
class Meter implements ItemStore {
  writeUnits = 0;
  readUnits = 0;
  roundTrips = 0;
  requests = 0;
  readonly #onRequest: RequestObserver = ({ operation, capacityUnits = 0 }) => {
    this.requests += 1;
    if (['get', 'query', 'transact-get'].includes(operation)) this.readUnits += capacityUnits;
    else this.writeUnits += capacityUnits;
  };
  /** The library's own table. */
  readonly rows = new MemoryStore({ onRequest: this.#onRequest });
  readonly #memory = new MemoryItemStore({ onRequest: this.#onRequest, rows: this.rows });
  #waiting: (() => void)[] = [];

  get(...of: Parameters<ItemStore['get']>): ReturnType<ItemStore['get']> {
    return this.#travel(() => this.#memory.get(...of));
  }

  query(...of: Parameters<ItemStore['query']>): ReturnType<ItemStore['query']> {
    return this.#travel(() => this.#memory.query(...of));
  }

  write(...of: Parameters<ItemStore['write']>): ReturnType<ItemStore['write']> {
    return this.#travel(() => this.#memory.write(...of));
  }

  transactWrite(
    ...of: Parameters<ItemStore['transactWrite']>
  ): ReturnType<ItemStore['transactWrite']> {
    return this.#travel(() => this.#memory.transactWrite(...of));
  }

  transactGet(...of: Parameters<ItemStore['transactGet']>): ReturnType<ItemStore['transactGet']> {
    return this.#travel(() => this.#memory.transactGet(...of));
  }

  clear(): void {
    this.writeUnits = 0;
    this.readUnits = 0;
    this.roundTrips = 0;
    this.requests = 0;
  }

  /** Requests of one turn travel together: they are one round trip. */
  async #travel<Result>(send: () => Promise<Result>): Promise<Result> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) void this.#depart();
    });
    return send();
  }

  async #depart(): Promise<void> {
    await nextTurn();
    this.roundTrips += 1;
    for (const go of this.#waiting.splice(0)) go();
  }
}

interface Work {
  readonly reads: number;
  readonly writes: number;
  readonly mode?: TransactionMode;
  readonly options?: TransactOptions;
  /** Runs it under a hold. */
  readonly strict?: boolean;
}

/** What a transaction costs after its function has returned. */
async function costOf({ reads, writes, mode, options, strict }: Work) {
  const meter = new Meter();
  const holdfast = new Holdfast({ store: meter.rows });
  const shop = transactions(holdfast, { tables: { items: ['id'] }, items: meter, mode });
  const keys = Array.from({ length: reads + writes }, (_, index) => ({ id: `${index}` }));
  await shop.transact((tx) => {
    for (const key of keys) tx.put('items', { ...key, value: 0 });
  });
  await shop.settled();
  const hold = await holdfast.lock('it').acquire();
  const fence = strict === undefined ? undefined : { hold, strict };
  await shop.transact(
    async (tx) => {
      await tx.getAll(keys.map((key) => ['items', key] as const));
      for (const key of keys.slice(0, writes)) tx.update('items', key, { set: { value: 1 } });
      meter.clear();
    },
    { ...options, fence },
  );
  const { roundTrips } = meter;
  await shop.settled();
  const { readUnits, writeUnits } = meter;
  await holdfast.close();
  return { writeUnits, readUnits, roundTrips };
}

describe('what a transaction costs once its function has returned', () => {
  test.each([
    { reads: 1, writes: 2 },
    { reads: 3, writes: 2 },
    { reads: 5, writes: 7 },
  ])('$reads reads and $writes writes: 2M + 3 write units, N read units', async (work) => {
    const { reads, writes } = work;
    const cost = await costOf(work);
    expect(cost).toEqual({ writeUnits: 2 * writes + 3, readUnits: reads, roundTrips: 5 });
  });

  test('4 round trips until it is decided', async () => {
    const options = { acknowledge: 'decided' } as const;
    expect((await costOf({ reads: 2, writes: 2, options })).roundTrips).toBe(4);
  });

  test('3 round trips until it is decided, where nothing was only read', async () => {
    const options = { acknowledge: 'decided' } as const;
    expect((await costOf({ reads: 0, writes: 2, options })).roundTrips).toBe(3);
  });

  test('one item: 1 write unit, 1 round trip', async () => {
    const cost = { writeUnits: 1, readUnits: 0, roundTrips: 1 };
    expect(await costOf({ reads: 0, writes: 1 })).toEqual(cost);
  });

  test('one read: nothing at all', async () => {
    const cost = { writeUnits: 0, readUnits: 0, roundTrips: 0 };
    expect(await costOf({ reads: 1, writes: 0 })).toEqual(cost);
  });

  test('reads alone: no write unit, and each of them once more', async () => {
    const cost = { writeUnits: 0, readUnits: 4, roundTrips: 1 };
    expect(await costOf({ reads: 4, writes: 0 })).toEqual(cost);
  });

  test('a fence: 1 read unit, or 2 write units where it is strict', async () => {
    const work = { reads: 1, writes: 2 };
    const plain = await costOf(work);
    const { readUnits, writeUnits } = plain;
    expect(await costOf({ ...work, strict: false })).toMatchObject({
      readUnits: readUnits + 1,
      writeUnits,
    });
    const strict = { ...plain, writeUnits: writeUnits + 2 };
    expect(await costOf({ ...work, strict: true })).toEqual(strict);
  });
});

describe('what a number without a gap costs', () => {
  test('1 read unit and 2 write units more; the first number 1 more of each', async () => {
    const meter = new Meter();
    const holdfast = new Holdfast({ store: meter.rows });
    const shop = transactions(holdfast, { tables: { items: ['id'] }, items: meter });
    // What the first transaction of an instance costs is counted elsewhere.
    await shop.transact((tx) => tx.put('items', { id: 'first' }));
    await shop.settled();
    const costs: unknown[] = [];
    for (let round = 0; round < 3; round += 1) {
      meter.clear();
      await shop.transact(async (tx) => {
        const number = await sequence(holdfast, 'invoices').gapless(tx);
        tx.put('items', { id: `${number}` });
      });
      await shop.settled();
      costs.push([meter.readUnits, meter.writeUnits]);
    }
    // Of two written items, with the look at the one that was not read before.
    const [reads, writes] = [2, 2 * 2 + 3];
    const usual = [reads, writes];
    expect(costs).toEqual([[reads + 1, writes + 1], usual, usual]);
    await holdfast.close();
  });
});

/** The first transaction of an instance, whatever else it costs: with what the mode adds. */
async function firstRequests(mode: TransactionMode, namespaceIsNew: boolean): Promise<number> {
  const meter = new Meter();
  const holdfast = new Holdfast({ store: meter.rows });
  const open = () => transactions(holdfast, { tables: { items: ['id'] }, items: meter, mode });
  const write = (shop: ReturnType<typeof open>) =>
    shop.transact((tx) => tx.put('items', { id: 'x', value: 1 }));
  const before = open();
  if (!namespaceIsNew) await write(before);
  await before.settled();
  const shop = open();
  meter.clear();
  await write(shop);
  await shop.settled();
  const first = meter.requests;
  await write(shop);
  await shop.settled();
  meter.clear();
  await write(shop);
  await shop.settled();
  const later = meter.requests;
  await holdfast.close();
  // One that has written before takes one write and the read that it rests on.
  expect(later).toBe(2);
  return first;
}

describe('what a transaction costs by a native request', () => {
  const mode = 'mixed' as const;

  test.each([
    { reads: 1, writes: 2 },
    { reads: 3, writes: 2 },
    { reads: 5, writes: 7 },
    { reads: 1, writes: 1 },
  ])('$reads reads and $writes writes: 2 (M + N) units, one request', async (work) => {
    const { reads, writes } = work;
    const cost = { writeUnits: 2 * (writes + reads), readUnits: 0, roundTrips: 1 };
    expect(await costOf({ ...work, mode })).toEqual(cost);
  });

  test('one item: 1 write unit, 1 round trip, as without', async () => {
    const cost = { writeUnits: 1, readUnits: 0, roundTrips: 1 };
    expect(await costOf({ reads: 0, writes: 1, mode })).toEqual(cost);
  });

  test('reads alone: 2 units each, one request', async () => {
    const cost = { writeUnits: 0, readUnits: 8, roundTrips: 1 };
    expect(await costOf({ reads: 4, writes: 0, mode })).toEqual(cost);
  });

  test('more than it has room for: as without, and reads at 2 units', async () => {
    const cost = await costOf({ reads: 99, writes: 2, mode });
    expect(cost).toMatchObject({ readUnits: 198, roundTrips: 5 });
  });

  test('where it is dearer and cost counts: as without, and reads at 2 units', async () => {
    const options = { prefer: 'cost' } as const;
    const cost = await costOf({ reads: 3, writes: 2, mode, options });
    expect(cost).toEqual({ writeUnits: 7, readUnits: 6, roundTrips: 5 });
  });
});

describe('what the mode costs', () => {
  test.each(['portable', 'mixed'] as const)(
    'one request an instance, and one more in a new namespace: %s',
    async (mode) => {
      // The write of one item that exists, and the read before.
      expect(await firstRequests(mode, false)).toBe(3);
      // Its insert: a native request, or a record, a lock, a decision, a write, a removal.
      const insert = mode === 'mixed' ? 1 : 5;
      expect(await firstRequests(mode, true)).toBe(1 + insert + 2);
    },
  );
});

describe('reads at one moment', () => {
  test('by a native request: 2 units each and nothing to validate', async () => {
    const meter = new Meter();
    const holdfast = new Holdfast({ store: meter.rows });
    const tables = { items: ['id'] } as const;
    const shop = transactions(holdfast, { tables, items: meter, mode: 'mixed' });
    const keys = ['a', 'b', 'c'].map((id) => ['items', { id }] as const);
    await shop.read(keys);
    meter.clear();
    expect(await shop.read(keys)).toEqual([undefined, undefined, undefined]);
    expect([meter.requests, meter.readUnits, meter.writeUnits]).toEqual([1, 6, 0]);
    await holdfast.close();
  });
});
