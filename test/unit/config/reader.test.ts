import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Config, config } from '../../../lib/config/index.ts';
import { guarantee } from '../../planted/control.ts';
import { Configs, type Limits } from '../support/configs.ts';

const AWAY = { reason: 'unavailable', retryable: true, message: 'away' } as const;

guarantee(
  'a reader: a version that its schema refuses never becomes current',
  { without: 'read-without-schema' },
  async (library) => {
    const configs = new Configs(library);
    const [a, b] = await configs.stage.actors('a', 'b');
    const schema = z.object({ uploads: z.number().max(100) });
    const strict = library.config(b.holdfast, 'it', { schema });
    await configs.publishes(configs.of(a), 7);
    await configs.stage.run(strict.ready());
    await configs.publishes(configs.of(a), 1_000);
    await configs.stage.advance(20_000);
    if (strict.current.uploads !== 7 && strict.current.uploads !== 1_000) throw new Error('lost');
    return strict.current.uploads === 7 && strict.version === 1;
  },
);

guarantee(
  'publishing: an acknowledged version outlives its publisher',
  { without: 'acknowledged-before-the-flip' },
  async (library) => {
    const configs = new Configs(library);
    const [a, b] = await configs.stage.actors('a', 'b');
    await configs.publishes(configs.of(a), 1);
    a.network.onNextWrite({ kind: 'drop' }, ({ kind, ...rest }) => {
      return kind === 'update' && 'key' in rest && rest.key.sk === 'head';
    });
    const { version } = await configs.stage.run(configs.of(a).publish({ uploads: 2 }));
    a.die();
    await configs.stage.advance(10_000);
    const reading = await configs.stage.run(configs.of(b).get({ maxAgeMs: 0 }));
    return version === 2 && reading.value.uploads === 2;
  },
);

describe('a configuration', () => {
  test('costs half a unit a poll, whatever the number of readers and watchers', async () => {
    const configs = new Configs();
    const [a, b] = await configs.stage.actors('a', 'b');
    await configs.publishes(configs.of(b), 1);
    const handles = Array.from({ length: 20 }, () => configs.of(a));
    await configs.stage.run(Promise.all(handles.map((limits) => limits.ready())));
    for (const limits of handles) void limits.watch().next();
    await configs.stage.advance(100);
    configs.stage.ledger.clear();
    const reading = async () => {
      for (const limits of handles) await limits.get();
    };
    for (let second = 0; second < 60; second += 1) {
      await configs.stage.run(reading());
      await configs.stage.advance(1_000);
    }
    const { requests, readUnits } = configs.stage.ledger.bill('a');
    // Every 3.3 to 5 seconds, so that what is known is never too old for a reader.
    expect(requests).toBeGreaterThanOrEqual(12);
    expect(requests).toBeLessThanOrEqual(18);
    expect(readUnits).toBe(requests / 2);
  });

  test('is frozen through and through, and the same object until it changes', async () => {
    const configs = new Configs();
    const [a] = await configs.stage.actors('a');
    const limits = config<{ a: { b: number[] } }>(a.holdfast, 'it', { fallback: { a: { b: [] } } });
    expect(limits.current).toEqual({ a: { b: [] } });
    expect(() => limits.current.a.b.push(1)).toThrow(TypeError);
    await configs.stage.run(limits.publish({ a: { b: [1] } }));
    await configs.stage.run(limits.ready());
    const first = limits.current;
    expect(() => first.a.b.push(2)).toThrow(TypeError);
    await configs.stage.run(limits.get({ maxAgeMs: 0 }));
    expect(limits.current).toBe(first);
  });

  test('says where a value is from, how old it is and whether it is stale', async () => {
    const configs = new Configs();
    const [a, b] = await configs.stage.actors('a', 'b');
    const limits = configs.of(a, { fallback: { uploads: 0 }, maxStaleMs: 60_000 });
    a.failing = AWAY;
    await configs.stage.run(limits.ready());
    expect(await configs.stage.run(limits.get())).toEqual({
      value: { uploads: 0 },
      version: 0,
      source: 'fallback',
      stale: true,
      ageMs: undefined,
    });
    a.failing = undefined;
    const fresh = await configs.stage.run(limits.get({ maxAgeMs: 0 }));
    expect(fresh).toMatchObject({ version: 0, source: 'fallback', stale: false, ageMs: 10 });
    await configs.publishes(configs.of(b), 3);
    expect((await configs.stage.run(limits.get({ maxAgeMs: 0 }))).value).toEqual({ uploads: 3 });
    limits.stop();
    a.failing = AWAY;
    await configs.stage.advance(30_000);
    const stale = await configs.stage.run(limits.get());
    expect(stale).toMatchObject({ value: { uploads: 3 }, source: 'cache', stale: true });
    expect(stale.ageMs).toBeGreaterThan(29_000);
    await configs.stage.advance(31_000);
    const tooOld = configs.stage.run(limits.get());
    await expect(tooOld).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(limits.current).toEqual({ uploads: 3 });
  });

  test('has nothing to say without a document and a fallback', async () => {
    const configs = new Configs();
    const [a] = await configs.stage.actors('a');
    const limits = configs.of(a);
    expect(() => limits.current).toThrow(/no document, and no fallback/);
    await expect(configs.stage.run(limits.get())).rejects.toMatchObject({ code: 'config-missing' });
    await configs.stage.run(a.holdfast.close());
    await expect(limits.get()).rejects.toMatchObject({ code: 'closed' });
    await expect(limits.publish({ uploads: 1 })).rejects.toMatchObject({ code: 'closed' });
  });

  test('waits for a table that does not answer at first', async () => {
    const configs = new Configs();
    const [a, b] = await configs.stage.actors('a', 'b');
    await configs.publishes(configs.of(b), 4);
    const limits = configs.of(a, { fallback: { uploads: 0 } });
    for (let lost = 0; lost < 2; lost += 1) a.network.onNextRead({ kind: 'drop' });
    await configs.stage.run(limits.ready());
    expect(limits.current).toEqual({ uploads: 4 });
  });

  test('follows in the background, except in Lambda mode', async () => {
    const configs = new Configs();
    const [a] = await configs.stage.actors('a');
    const lambda = configs.stage.actor('lambda', { mode: 'lambda' });
    const limits = [configs.of(a), configs.of(lambda)];
    await configs.publishes(configs.of(a), 1);
    for (const each of limits) await configs.stage.run(each.ready());
    const writer = configs.stage.actor('writer');
    await configs.publishes(configs.of(writer), 2);
    await configs.stage.advance(7_000);
    expect(limits.map((each) => each.current.uploads)).toEqual([2, 1]);
    configs.stage.ledger.clear();
    await configs.stage.advance(60_000);
    expect(configs.stage.ledger.bill('lambda').requests).toBe(0);
    await configs.stage.run((limits[1] as Config<Limits>).get());
    expect(limits[1]?.current.uploads).toBe(2);
  });
});

describe.each([
  ['zod', z.object({ uploads: z.number().int().min(1), zone: z.string().default('a') })],
  [
    'valibot',
    v.object({
      uploads: v.pipe(v.number(), v.integer(), v.minValue(1)),
      zone: v.optional(v.string(), 'a'),
    }),
  ],
] as const)('a schema of %s', (_, schema) => {
  test('refuses at publish with the issues, and writes nothing', async () => {
    const configs = new Configs();
    const [a] = await configs.stage.actors('a');
    const limits = config(a.holdfast, 'it', { schema });
    const refused = configs.stage.run(limits.publish({ uploads: 0 }));
    await expect(refused).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(/config 'it': uploads: /),
      issues: [expect.objectContaining({ message: expect.any(String) })],
    });
    expect(configs.stage.table.snapshot()).toEqual([]);
  });

  test('makes what is read complete, with the types that it has', async () => {
    const configs = new Configs();
    const [a] = await configs.stage.actors('a');
    const limits = config(a.holdfast, 'it', { schema });
    await configs.stage.run(limits.publish({ uploads: 2 }));
    await configs.stage.run(limits.ready());
    const zone: string = limits.current.zone;
    expect([zone, limits.current.uploads]).toEqual(['a', 2]);
    const raw = await configs.stage.run(limits.history());
    expect(raw[0]?.value).toEqual({ uploads: 2 });
  });
});
