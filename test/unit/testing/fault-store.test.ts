import { describe, expect, test } from 'vitest';
import { equals } from '../../../lib/store/condition.ts';
import type { GetResult, WriteRequest } from '../../../lib/store/store.ts';
import { set } from '../../../lib/store/update.ts';
import { FAULT_NAMES } from '../../../lib/testing/fault-plan.ts';
import type { FaultStore } from '../../../lib/testing/fault-store.ts';
import { addOne, KEY, setUp, watch } from './fault-store-scene.ts';

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
