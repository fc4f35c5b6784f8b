import { describe, expect, test } from 'vitest';
import { nextTurn } from '../../../lib/core/turn.ts';
import { Holdfast } from '../../../lib/holdfast.ts';
import type { ItemStore } from '../../../lib/store/item-store.ts';
import { MemoryItemStore } from '../../../lib/store/memory-item-store.ts';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import { type TransactOptions, transactions } from '../../../lib/transaction/index.ts';

/** What requests have cost, and how many times somebody waited for answers. */
class Meter implements ItemStore {
  writeUnits = 0;
  readUnits = 0;
  roundTrips = 0;
  readonly #memory = new MemoryItemStore({
    onRequest: ({ operation, capacityUnits = 0 }) => {
      if (['get', 'query', 'transact-get'].includes(operation)) this.readUnits += capacityUnits;
      else this.writeUnits += capacityUnits;
    },
  });
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
  readonly options?: TransactOptions;
}

/** What a transaction costs after its function has returned. */
async function costOf({ reads, writes, options }: Work) {
  const meter = new Meter();
  const holdfast = new Holdfast({ store: new MemoryStore() });
  const shop = transactions(holdfast, { tables: { items: ['id'] }, items: meter });
  const keys = Array.from({ length: reads + writes }, (_, index) => ({ id: `${index}` }));
  await shop.transact((tx) => {
    for (const key of keys) tx.put('items', { ...key, value: 0 });
  });
  await shop.settled();
  await shop.transact(async (tx) => {
    await tx.getAll(keys.map((key) => ['items', key] as const));
    for (const key of keys.slice(0, writes)) tx.update('items', key, { set: { value: 1 } });
    meter.clear();
  }, options);
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
});
