import { describe, expect, test } from 'vitest';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import type { GetResult, WriteResult } from '../../../lib/store/store.ts';
import { increment, set } from '../../../lib/store/update.ts';
import type { FaultRates } from '../../../lib/testing/fault-plan.ts';
import { FAULT_NAMES } from '../../../lib/testing/fault-plan.ts';
import { FaultStore } from '../../../lib/testing/fault-store.ts';
import { RowHistory } from '../../../lib/testing/row-history.ts';
import { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';
import { addOne, KEY, setUp, watch } from './fault-store-scene.ts';

describe('FaultStore by chance', () => {
  async function run(rates: FaultRates, seed: number, calls = 200) {
    const world = setUp({
      random: new SeededRandom(seed),
      rates,
      connectionTimeoutMs: 500,
      lateness: { fromMs: 100, toMs: 2_000 },
    });
    const results: (WriteResult | GetResult)[] = [];
    for (let call = 0; call < calls; call += 1) {
      const ttl = Math.floor(world.clock.wallMs() / 1_000) - 1;
      const actions = [increment('count', 1), set('ttl', ttl)];
      results.push(await world.clock.run(world.store.write({ ...addOne, actions })));
      results.push(await world.clock.run(world.store.get({ key: KEY, consistent: false })));
    }
    await world.clock.advance(10_000);
    return { ...world, results };
  }

  test.each(FAULT_NAMES.filter((name) => name !== 'late-arrival'))(
    'lets %s happen, alone, and counts it',
    async (name) => {
      const { store } = await run({ [name]: 0.3 }, 1);
      expect(store.counts[name]).toBeGreaterThan(20);
      for (const other of FAULT_NAMES) if (other !== name) expect(store.counts[other]).toBe(0);
    },
  );

  test('lets late-arrival happen to a given-up request, alone, and counts it', async () => {
    const { clock, store, count } = setUp({ rates: { 'late-arrival': 0.5 } });
    for (let call = 0; call < 100; call += 1) {
      const abort = new AbortController();
      void store.write(addOne, { signal: abort.signal });
      abort.abort();
    }
    await clock.runUntilIdle();
    expect(store.counts['late-arrival']).toBeGreaterThan(30);
    expect(count()).toBe(store.counts['late-arrival']);
  });

  test('repeats everything for the same seed, and differs for another', async () => {
    const rates = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0.1]));
    const [first, again, other] = [await run(rates, 5), await run(rates, 5), await run(rates, 6)];
    expect(again.results).toEqual(first.results);
    expect(again.store.counts).toEqual(first.store.counts);
    expect(again.clock.firedTimers).toBe(first.clock.firedTimers);
    expect(other.results).not.toEqual(first.results);
  });

  test('never says applied, refused or failed of a write without it being so', async () => {
    const rates = Object.fromEntries(
      FAULT_NAMES.filter((name) => name !== 'ttl-deletion' && name !== 'duplicated').map((name) => [
        name,
        0.1,
      ]),
    );
    const { results, count } = await run(rates, 9, 500);
    const kinds = { applied: 0, failed: 0, unknown: 0, refused: 0, found: 0, missing: 0 };
    for (const result of results) kinds[result.kind] += 1;
    expect(kinds.unknown).toBeGreaterThan(50);
    expect(count()).toBeGreaterThanOrEqual(kinds.applied);
    expect(count()).toBeLessThanOrEqual(kinds.applied + kinds.unknown);
    expect(kinds.applied).toBeGreaterThan(100);
  });

  test('keeps the dates of skewed front ends within the bound', async () => {
    const { clock, store } = setUp({
      rates: { 'date-skewed': 1 },
      latency: { fromMs: 0, toMs: 0 },
    });
    const offsets: number[] = [];
    for (let call = 0; call < 500; call += 1) {
      await clock.advance(137);
      const { dateMs } = await clock.run(store.write(addOne));
      // The header is cut to seconds, so the true time is up to a second later.
      offsets.push(clock.wallMs() - (dateMs ?? Number.NaN));
    }
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(-500);
    expect(Math.max(...offsets)).toBeLessThan(1_500);
    expect(Math.max(...offsets) - Math.min(...offsets)).toBeGreaterThan(1_500);
  });

  test('stops every fault when the rates are taken away', async () => {
    const { clock, store } = setUp({ rates: { 'request-dropped': 1 } });
    store.setRates({});
    expect(await clock.run(store.write(addOne))).toMatchObject({ kind: 'applied' });
  });

  test('lets clients see each other’s old rows through a shared history', async () => {
    const clock = new VirtualClock();
    const memory = new MemoryStore({ clock });
    const history = new RowHistory();
    const writer = new FaultStore(memory, { clock, history });
    const reader = new FaultStore(memory, { clock, history });
    await clock.run(writer.write(addOne));
    await clock.advance(1_000);
    await clock.run(writer.write(addOne));
    reader.onNextRead({ kind: 'stale', ageMs: 500 });
    const read = await clock.run(reader.get({ key: KEY, consistent: false }));
    expect(read).toMatchObject({ item: { count: 1 } });
  });

  test('gives answers to a paused client only when it resumes', async () => {
    const clock = new VirtualClock();
    const client = clock.clientClock();
    const memory = new MemoryStore({ clock });
    const deliver = (callback: () => void) => client.deliver(callback);
    const store = new FaultStore(memory, { clock, deliver });
    const call = watch(store.write(addOne));
    client.pause();
    await clock.advance(60_000);
    expect(call.ending).toBe('waiting');
    client.resume();
    await clock.advance(0);
    expect(call.ending).toMatchObject({ kind: 'applied' });
  });
});
