import { describe, expect, test } from 'vitest';
import { equals } from '../../../lib/store/condition.ts';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import type {
  GetResult,
  UpdateRequest,
  WriteRequest,
  WriteResult,
} from '../../../lib/store/store.ts';
import { increment, set } from '../../../lib/store/update.ts';
import type { FaultRates } from '../../../lib/testing/fault-plan.ts';
import { FAULT_NAMES } from '../../../lib/testing/fault-plan.ts';
import { FaultStore, type FaultStoreOptions } from '../../../lib/testing/fault-store.ts';
import { RowHistory } from '../../../lib/testing/row-history.ts';
import { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';

const KEY = { pk: 'test#row', sk: 'row' };

const addOne: UpdateRequest = { kind: 'update', key: KEY, actions: [increment('count', 1)] };

function setUp(options: Partial<FaultStoreOptions> = {}) {
  const clock = new VirtualClock();
  const memory = new MemoryStore({ clock });
  const store = new FaultStore(memory, { clock, ...options });
  const count = () => memory.snapshot()[0]?.count ?? 0;
  return { clock, memory, store, count };
}

/** What came of a call, or `waiting`. */
function watch<Result>(call: Promise<Result>): { ending: Result | 'waiting' } {
  const watched: { ending: Result | 'waiting' } = { ending: 'waiting' };
  call.then((result) => {
    watched.ending = result;
  });
  return watched;
}

describe('FaultStore without faults', () => {
  test('passes calls on, and takes the latency each way', async () => {
    const { clock, store } = setUp({ latency: { fromMs: 5, toMs: 5 } });
    expect(await clock.run(store.write(addOne))).toMatchObject({ kind: 'applied' });
    expect(clock.monotonicMs()).toBe(10);
    const read = await clock.run(store.get({ key: KEY, consistent: false }));
    expect(read).toMatchObject({ kind: 'found', item: { count: 1 } });
    const refused: WriteRequest = { ...addOne, condition: equals('count', 7) };
    expect(await clock.run(store.write(refused))).toMatchObject({
      kind: 'refused',
      item: { count: 1 },
    });
    for (const name of FAULT_NAMES) expect(store.counts[name]).toBe(0);
  });

  test('stamps answers with the table’s time, cut to seconds', async () => {
    const { clock, store } = setUp();
    await clock.advance(123_456);
    const { dateMs } = await clock.run(store.write(addOne));
    expect(dateMs).toBe(Math.floor(clock.wallMs() / 1_000) * 1_000);
  });

  test('recalls a request when its sender gives up before it arrives', async () => {
    const { clock, store, count } = setUp({ latency: { fromMs: 50, toMs: 50 } });
    const abort = new AbortController();
    const call = watch(store.write(addOne, { signal: abort.signal }));
    await clock.advance(20);
    abort.abort();
    await clock.advance(0);
    expect(call.ending).toMatchObject({ kind: 'unknown', failure: { reason: 'aborted' } });
    await clock.advance(60_000);
    expect(count()).toBe(0);
  });

  test('calls a write unknown that its sender gave up after it arrived', async () => {
    const { clock, store, count } = setUp({ latency: { fromMs: 50, toMs: 50 } });
    const abort = new AbortController();
    const call = watch(store.write(addOne, { signal: abort.signal }));
    await clock.advance(60);
    abort.abort();
    await clock.advance(0);
    expect(call.ending).toMatchObject({ kind: 'unknown', failure: { reason: 'aborted' } });
    expect(count()).toBe(1);
  });

  test('sends nothing for a signal that had aborted before', async () => {
    const { clock, store, count } = setUp();
    const result = await store.write(addOne, { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ kind: 'failed', failure: { reason: 'aborted' } });
    await clock.advance(60_000);
    expect(count()).toBe(0);
  });
});

describe('FaultStore by script', () => {
  async function writeWith(fault: Parameters<FaultStore['onNextWrite']>[0]) {
    const world = setUp();
    const line = world.store.onNextWrite(fault);
    const result = await world.clock.run(world.store.write(addOne));
    expect(line.hit).toBe(true);
    return { ...world, result };
  }

  test('drops a request, whose sender learns nothing until the connection breaks', async () => {
    const { result, count, clock } = await writeWith({ kind: 'drop' });
    expect(result).toMatchObject({ kind: 'unknown', failure: { reason: 'timeout' } });
    expect(clock.monotonicMs()).toBe(10_000);
    expect(count()).toBe(0);
  });

  test('applies a request and loses its answer', async () => {
    const { result, count } = await writeWith({ kind: 'lose-answer' });
    expect(result).toMatchObject({ kind: 'unknown', failure: { reason: 'timeout' } });
    expect(count()).toBe(1);
  });

  test('applies a request and answers with an error', async () => {
    const { result, count } = await writeWith({ kind: 'error-after' });
    expect(result).toMatchObject({ kind: 'unknown', failure: { reason: 'unavailable' } });
    expect(count()).toBe(1);
  });

  test('rejects a request: surely without effect when throttled, unknown for a 5xx', async () => {
    const throttled = await writeWith({ kind: 'reject', reason: 'throttled' });
    expect(throttled.result).toMatchObject({ kind: 'failed', failure: { reason: 'throttled' } });
    const conflict = await writeWith({ kind: 'reject', reason: 'conflict' });
    expect(conflict.result).toMatchObject({ kind: 'failed', failure: { reason: 'conflict' } });
    const broken = await writeWith({ kind: 'reject', reason: 'unavailable' });
    expect(broken.result).toMatchObject({ kind: 'unknown', failure: { reason: 'unavailable' } });
    for (const world of [throttled, conflict, broken]) expect(world.count()).toBe(0);
  });

  test('delivers a request a second time, later', async () => {
    const { result, count, clock } = await writeWith({ kind: 'duplicate', afterMs: 30_000 });
    expect(result).toMatchObject({ kind: 'applied', item: { count: 1 } });
    await clock.advance(29_000);
    expect(count()).toBe(1);
    await clock.advance(2_000);
    expect(count()).toBe(2);
  });

  test('delivers a delayed request even though its sender gave up', async () => {
    const { clock, store, count } = setUp();
    store.onNextWrite({ kind: 'delay', byMs: 30_000 });
    const abort = new AbortController();
    const call = watch(store.write(addOne, { signal: abort.signal }));
    await clock.advance(1_000);
    abort.abort();
    await clock.advance(1_000);
    expect(call.ending).toMatchObject({ kind: 'unknown' });
    expect(count()).toBe(0);
    await clock.advance(30_000);
    expect(count()).toBe(1);
  });

  test('holds back an answer', async () => {
    const { clock, store, count } = setUp();
    store.onNextRead({ kind: 'delay-answer', byMs: 5_000 });
    const call = watch(store.get({ key: KEY, consistent: true }));
    await clock.advance(1_000);
    await clock.run(store.write(addOne));
    await clock.advance(5_000);
    expect(call.ending).toMatchObject({ kind: 'missing' });
    expect(count()).toBe(1);
  });

  test('shows a stale row to an eventually consistent read, and to no other', async () => {
    const { clock, store } = setUp();
    for (let version = 1; version <= 3; version += 1) {
      await clock.run(
        store.write({ kind: 'update', key: KEY, actions: [set('version', version)] }),
      );
      await clock.advance(1_000);
    }
    const read = (ageMs: number, consistent: boolean): Promise<GetResult> => {
      store.onNextRead({ kind: 'stale', ageMs });
      return clock.run(store.get({ key: KEY, consistent }));
    };
    expect(await read(1_500, false)).toMatchObject({ item: { version: 2 } });
    expect(await read(60_000, false)).toMatchObject({ kind: 'missing' });
    expect(await read(60_000, true)).toMatchObject({ item: { version: 3 } });
  });

  test('uses a line for the first call that it matches, and leaves the others alone', async () => {
    const { clock, store } = setUp();
    const line = store.onNextWrite({ kind: 'drop' }, (request) => request.kind === 'delete');
    expect(await clock.run(store.write(addOne))).toMatchObject({ kind: 'applied' });
    expect(line.hit).toBe(false);
    const remove = () => clock.run(store.write({ kind: 'delete', key: KEY }));
    expect(await remove()).toMatchObject({ kind: 'unknown' });
    expect(await remove()).toMatchObject({ kind: 'applied' });
  });

  test('isolates a client both ways, or from the answers only', async () => {
    const { clock, store, count } = setUp();
    store.isolate();
    expect(await clock.run(store.write(addOne))).toMatchObject({ kind: 'unknown' });
    expect(count()).toBe(0);
    store.isolate('answers-only');
    expect(await clock.run(store.write(addOne))).toMatchObject({ kind: 'unknown' });
    expect(count()).toBe(1);
    store.heal();
    expect(await clock.run(store.write(addOne))).toMatchObject({ kind: 'applied' });
  });
});

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
