import { afterEach, describe, expect, test } from 'vitest';
import { Holdfast } from '../../lib/index.ts';
import { locks } from '../../lib/recipes/index.ts';
import { DynamoItemStore } from '../../lib/store/dynamo-item-store.ts';
import type { ItemStore } from '../../lib/store/item-store.ts';
import { MemoryItemStore } from '../../lib/store/memory-item-store.ts';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import type { ObservedRequest } from '../../lib/store/request-observer.ts';
import { lackOf } from './capabilities.ts';
import { ENGINES, freshKey, TABLE, useEngine } from './engines.ts';

function freshNames(): readonly string[] {
  const { pk } = freshKey();
  return ['a', 'b', 'c'].map((name) => `${pk}/${name}`);
}

for (const engine of ENGINES) {
  describe(`several locks at once on ${engine.name}`, () => {
    const running = useEngine(engine);
    const opened: Holdfast[] = [];
    const requests: ObservedRequest[] = [];
    // In memory native transactions are part of the item store.
    const isLacking = engine.name !== 'memory' && lackOf(engine.name, 'transactions') !== undefined;
    const why = engine.unavailable ?? lackOf(engine.name, 'date header');

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((holdfast) => holdfast.close()));
      requests.length = 0;
    });

    /** Processes that know the time, each with its own way to the one table. */
    async function open(...labels: readonly string[]) {
      const dateMs = () => Math.floor(Date.now() / 1_000) * 1_000;
      const { client: clientConfig, openStore } = running();
      const onRequest = (request: ObservedRequest) => requests.push(request);
      const rows = openStore();
      const namespace = 'together';
      const processes = labels.map((label) => {
        if (clientConfig !== undefined) {
          const items: ItemStore = new DynamoItemStore({ client: clientConfig, onRequest });
          const holdfast = new Holdfast({ table: TABLE, clientConfig, label, namespace });
          return { holdfast, items };
        }
        if (!(rows instanceof MemoryStore)) throw new Error('no engine is like that');
        const items = new MemoryItemStore({ rows, onRequest, dateMs });
        return { holdfast: new Holdfast({ store: rows, label, namespace }), items };
      });
      for (const { holdfast } of processes) {
        opened.push(holdfast);
        await holdfast.lock('earlier').holder();
      }
      return processes.map(({ holdfast, items }) => (names: readonly string[]) => {
        return locks(holdfast, names, { items });
      });
    }

    test('are granted to one, by one request where there are such', async (context) => {
      if (why !== undefined) context.skip(why);
      const [ours, theirs] = await open('ours', 'theirs');
      const names = freshNames();
      const hold = await ours?.(names).acquire();
      const native = { operation: 'transact-write', capacityUnits: 6 };
      expect(requests).toMatchObject(isLacking ? [{ operation: 'transact-write' }] : [native]);
      const result = await theirs?.(names.toReversed()).tryAcquire();
      expect(result).toMatchObject({ acquired: false, name: names[0], holder: { label: 'ours' } });
      const waits = theirs?.(names).acquire({ timeoutMs: 10_000 });
      expect(await hold?.release()).toEqual({ outcome: 'released' });
      const tokens = Object.entries((await waits)?.tokens ?? {});
      expect(tokens.map(([name]) => name)).toEqual(names);
      for (const [name, token] of tokens) expect(token).toBeGreaterThan(hold?.tokens[name] ?? 0);
      // Where there are none, a process has learned it by its first. And nobody but who had them
      // last proposes tokens that are surely larger: two may know the time to different degrees.
      await (await waits)?.release();
      requests.length = 0;
      expect((await theirs?.(names).tryAcquire())?.acquired).toBe(true);
      expect(requests).toMatchObject(isLacking ? [] : [native]);
    });

    test('are not granted in part', async (context) => {
      if (why !== undefined) context.skip(why);
      const [ours, theirs] = await open('ours', 'theirs');
      const names = freshNames();
      const [first, second, third] = names;
      const middle = await theirs?.([second ?? '']).acquire();
      const result = await ours?.(names).tryAcquire();
      expect(result).toMatchObject({ acquired: false, name: second, holder: { label: 'theirs' } });
      expect((await theirs?.([first ?? '', third ?? '']).tryAcquire())?.acquired).toBe(true);
      expect(middle?.remainingMs()).toBeGreaterThan(0);
    });
  });
}

describe('several locks of an instance that was given a table', () => {
  const engine = ENGINES.find(({ name }) => name === 'dynoxide');
  if (engine === undefined) throw new Error('no such engine');
  const running = useEngine(engine);

  test('are taken over connections of their own, which closing closes', async (context) => {
    if (engine.unavailable !== undefined) context.skip(engine.unavailable);
    const { client: clientConfig } = running();
    const holdfast = new Holdfast({ table: TABLE, clientConfig, label: 'whole' });
    const names = freshNames();
    expect((await locks(holdfast, names).tryAcquire()).acquired).toBe(true);
    expect(await holdfast.close()).toEqual({ released: 3, unreleased: [] });
  });
});
