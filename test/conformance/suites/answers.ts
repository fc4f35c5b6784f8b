import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { absent, equals, exists } from '../../../lib/store/condition.ts';
import type { ObservedRequest } from '../../../lib/store/request-observer.ts';
import { append, increment, set } from '../../../lib/store/update.ts';
import { lackOf } from '../capabilities.ts';
import { freshKey } from '../engines.ts';
import { outcomeOf, type StoreTest } from './harness.ts';

/** Many at once, the date of an answer, what is counted, and giving up. */
export function answerSuite(testOn: StoreTest): void {
  concurrencyTests(testOn);
  dateTests(testOn);
  countingTests(testOn);
  abortTests(testOn);
}

const WRITERS = Array.from({ length: 50 }, (_, n) => `writer-${n}`);

function concurrencyTests(testOn: StoreTest): void {
  testOn('of 50 creations at once exactly one is applied', async ({ store, key, attributes }) => {
    const results = await Promise.all(
      WRITERS.map((owner) =>
        outcomeOf(store, {
          kind: 'update',
          key,
          actions: [set('owner', owner)],
          condition: absent('owner'),
        }),
      ),
    );
    const winners = results.filter(({ kind }) => kind === 'applied');
    expect(winners).toHaveLength(1);
    const refusals = results.filter(({ kind }) => kind === 'refused');
    expect(refusals).toHaveLength(WRITERS.length - 1);
    for (const { row } of refusals) expect(row).toEqual(winners[0]?.row);
    expect(await attributes()).toEqual(winners[0]?.row);
  });

  testOn(
    'of 50 steps from the same version exactly one is applied',
    async ({ store, key, given }) => {
      await given({ version: 7 });
      const results = await Promise.all(
        WRITERS.map(() =>
          outcomeOf(store, {
            kind: 'update',
            key,
            actions: [increment('version', 1)],
            condition: equals('version', 7),
          }),
        ),
      );
      expect(results.filter(({ kind }) => kind === 'applied')).toEqual([
        { kind: 'applied', row: { version: 8 } },
      ]);
    },
  );

  testOn('50 increments at once by two clients are all counted', async ({ open, key }) => {
    const clients = [open(), open()];
    const step = { kind: 'update', key, actions: [increment('n', 1)] } as const;
    const results = await Promise.all(
      clients.flatMap((store) => WRITERS.slice(25).map(() => outcomeOf(store, step))),
    );
    const seen = results.map(({ row }) => Number(row?.n)).sort((a, b) => a - b);
    expect(seen).toEqual(WRITERS.map((_, n) => n + 1));
  });

  testOn('50 appends at once are all kept', async ({ store, key, attributes }) => {
    await Promise.all(
      WRITERS.map((id) =>
        outcomeOf(store, { kind: 'update', key, actions: [append('queue', id)] }),
      ),
    );
    const { queue } = (await attributes()) ?? {};
    expect([...(queue as string[])].sort()).toEqual([...WRITERS].sort());
  });
}

function dateTests(testOn: StoreTest): void {
  testOn(
    'every answer carries its date, cut to the second',
    async ({ store, key }) => {
      const before = Math.floor(Date.now() / 1_000) * 1_000;
      const update = { kind: 'update', key, actions: [set('owner', 'a')] } as const;
      const answers = [
        await store.write(update),
        await store.write({ ...update, condition: absent('owner') }),
        await store.write({ ...update, actions: [increment('owner', 1)] }),
        await store.get({ key, consistent: true }),
        await store.get({ key: freshKey(), consistent: false }),
        await store.write({ kind: 'delete', key }),
      ];
      expect(answers.map(({ kind }) => kind)).toEqual([
        ...['applied', 'refused', 'failed', 'found', 'missing', 'applied'],
      ]);
      for (const { dateMs } of answers) {
        expect(dateMs).toBeGreaterThanOrEqual(before);
        expect(dateMs).toBeLessThanOrEqual(Date.now());
        expect((dateMs ?? Number.NaN) % 1_000).toBe(0);
      }
    },
    'date header',
  );
}

function countingTests(testOn: StoreTest): void {
  testOn('each call is one request, refusals included', async ({ engine, open, key }) => {
    const requests: ObservedRequest['operation'][] = [];
    const store = open(({ operation }) => requests.push(operation));
    const update = { kind: 'update', key, actions: [set('a', 1)] } as const;
    await store.write(update);
    await store.write({ ...update, condition: absent('a') });
    await store.get({ key, consistent: true });
    await store.write({ kind: 'put', item: { ...key, a: 1 } });
    await store.write({ kind: 'delete', key });
    await store.write({ kind: 'delete', key, condition: exists('a') });
    const explains = lackOf(engine.name, 'old row on refusal') === undefined;
    // Where a refusal does not show the row, a consistent read follows it.
    const look = explains ? [] : ['get'];
    expect(requests).toEqual([
      'update',
      'update',
      ...look,
      'get',
      'put',
      'delete',
      'delete',
      ...look,
    ]);
  });

  testOn(
    'a write costs one unit per KB and a read half a unit per 4 KB, or one',
    async ({ open, key }) => {
      const units: (number | undefined)[] = [];
      const store = open(({ capacityUnits }) => units.push(capacityUnits));
      await store.write({ kind: 'put', item: { ...key, small: 1 } });
      await store.write({ kind: 'update', key, actions: [set('value', 'x'.repeat(2_500))] });
      await store.write({ kind: 'update', key, actions: [set('value', 'x')] });
      await store.get({ key, consistent: false });
      await store.get({ key, consistent: true });
      await store.get({ key: freshKey(), consistent: false });
      expect(units).toEqual([1, 3, 3, 0.5, 1, 0.5]);
    },
    'consumed capacity',
  );
}

function abortTests(testOn: StoreTest): void {
  testOn('a call given up before it began is not sent', async ({ open, key, attributes }) => {
    let requests = 0;
    const store = open(() => {
      requests += 1;
    });
    const signal = AbortSignal.abort(new Error('enough'));
    const failure = { reason: 'aborted', retryable: false, cause: signal.reason };
    const put = { kind: 'put', item: { ...key } } as const;
    expect(await store.write(put, { signal })).toMatchObject({ kind: 'failed', failure });
    const get = { key, consistent: true };
    expect(await store.get(get, { signal })).toMatchObject({ kind: 'failed', failure });
    expect(requests).toBe(0);
    expect(await attributes()).toBeUndefined();
  });

  testOn(
    'a write given up under way never claims what is not so',
    async ({ store, attributes }) => {
      for (let round = 0; round < 20; round += 1) {
        const key = freshKey();
        const controller = new AbortController();
        const writing = store.write(
          { kind: 'put', item: { ...key } },
          { signal: controller.signal },
        );
        if (round % 4 > 0) await delay(round % 4);
        controller.abort();
        const result = await writing;
        expect(['applied', 'failed', 'unknown']).toContain(result.kind);
        if (result.kind === 'applied') expect(await attributes(key)).toEqual({});
        if (result.kind === 'failed') {
          // Long enough for a request that was sent after all to arrive.
          await delay(20);
          expect(await attributes(key)).toBeUndefined();
        }
      }
    },
  );
}
