import { describe, expect, test } from 'vitest';
import { guarantee } from '../../planted/control.ts';
import { Configs } from '../support/configs.ts';
import { Call } from '../support/pools.ts';

guarantee(
  'publishing: of two who publish at the same moment, both versions stay',
  { without: 'version-claim-unconditional' },
  async (library) => {
    const configs = new Configs(library);
    const [a, b] = await configs.stage.actors('a', 'b');
    await configs.publishes(configs.of(a), 0);
    await configs.stage.run(configs.of(b).get());
    const both = [configs.of(a).publish({ uploads: 1 }), configs.of(b).publish({ uploads: 2 })];
    const versions = (await configs.stage.run(Promise.all(both))).map(({ version }) => version);
    const history = await configs.stage.run(configs.of(a).history());
    const published = history.map(({ value }) => JSON.stringify(value)).sort();
    const all = ['{"uploads":0}', '{"uploads":1}', '{"uploads":2}'];
    return versions.sort().join() === '2,3' && published.join() === all.join();
  },
);

guarantee(
  'publishing: a late flip does not take everybody back',
  { without: 'head-flip-unconditional' },
  async (library) => {
    const configs = new Configs(library);
    const [a, b] = await configs.stage.actors('a', 'b');
    const [mine, others] = [configs.of(a), configs.of(b)];
    await configs.publishes(mine, 1);
    a.network.onNextWrite({ kind: 'delay', byMs: 3_000 }, (request) => isFlip(request));
    const late = new Call(mine.publish({ uploads: 2 }));
    await configs.stage.advance(1_500);
    await configs.publishes(others, 3);
    await configs.stage.advance(10_000);
    if (!late.isOver) throw new Error('the publication did not come to its end');
    const { value } = await configs.stage.run(configs.of(b).get({ maxAgeMs: 0 }));
    return value.uploads === 3;
  },
);

guarantee(
  'publishing: what a crash left between the two writes does not block the next one',
  { without: 'claimed-version-left-alone' },
  async (library) => {
    const configs = new Configs(library);
    const [a, b] = await configs.stage.actors('a', 'b');
    await configs.publishes(configs.of(a), 1);
    a.network.onNextWrite({ kind: 'drop' }, (request) => isFlip(request));
    void configs
      .of(a)
      .publish({ uploads: 2 })
      .catch(() => undefined);
    await configs.stage.advance(100);
    a.die();
    const next = new Call(configs.of(b).publish({ uploads: 3 }));
    await configs.stage.advance(60_000);
    const history = await configs.stage.run(configs.of(b).history());
    const values = history.map(({ value }) => (value as { uploads: number }).uploads);
    return next.result?.version === 3 && values.join() === '3,2,1';
  },
);

guarantee(
  'publishing: a claim of a number from the past is not taken for a version',
  { without: 'floor-not-looked-at' },
  async (library) => {
    const configs = new Configs(library);
    const [a, b] = await configs.stage.actors('a', 'b');
    const options = { history: { versions: 1 } };
    const [old, busy] = [configs.of(a, options), configs.of(b, options)];
    await configs.publishes(busy, 1);
    // It has sent for the head, and stands still before it hears of it.
    const late = new Call(old.publish({ uploads: 6 }));
    await configs.stage.advance(6);
    a.clock.suspend();
    await configs.publishes(busy, 2, 3, 4, 5);
    await configs.stage.advance(3 * 3_600_000);
    for (const { pk, sk } of configs.rows('version#').slice(0, 4)) {
      await configs.stage.table.write({ kind: 'delete', key: { pk: `${pk}`, sk: `${sk}` } });
    }
    a.clock.resume('answers-first');
    await configs.stage.until(() => late.isOver);
    const { value } = await configs.stage.run(busy.get({ maxAgeMs: 0 }));
    const version = late.result?.version;
    return version === 6 && value.uploads === 6;
  },
);

guarantee(
  'publishing: what others made a version of while the host was suspended is not called refused',
  { without: 'claim-age-by-one-clock' },
  async (library) => {
    const configs = new Configs(library);
    const [a, b] = await configs.stage.actors('a', 'b');
    const options = { history: { versions: 1 } };
    const [suspended, busy] = [configs.of(a, options), configs.of(b, options)];
    await configs.publishes(suspended, 1);
    const told = suspended.publish({ uploads: 2 }, { expectedVersion: 1 }).then(
      () => 'published',
      (error: { readonly code: string }) => error.code,
    );
    await configs.stage.until(() => configs.rows('version#').length === 2);
    a.clock.suspend();
    // The first of these makes a version of the claim; the others outlive it.
    await configs.publishes(busy, 3, 4, 5, 6);
    await configs.stage.advance(60_000);
    a.clock.resume();
    return (await configs.stage.run(told, 60_000)) === 'outcome-unknown';
  },
);

/** Whether a request makes a claimed version the newest. */
function isFlip(request: object): boolean {
  return 'key' in request && (request.key as { sk: string }).sk === 'head' && 'kind' in request;
}

describe('publishing', () => {
  test('takes two requests and two write units when the head is known', async () => {
    const configs = new Configs();
    const [a] = await configs.stage.actors('a');
    const limits = configs.of(a);
    await configs.publishes(limits, 1);
    expect(configs.stage.ledger.bill('a')).toEqual({ requests: 3, readUnits: 1, writeUnits: 2 });
    configs.stage.ledger.clear();
    await configs.publishes(limits, 2, 3, 4);
    expect(configs.stage.ledger.bill('a')).toEqual({ requests: 6, readUnits: 0, writeUnits: 6 });
  });

  test.each(['drop', 'lose-answer', 'error-after'] as const)(
    'makes one version of one call, after a claim and a flip with: %s',
    async (kind) => {
      const configs = new Configs();
      const [a] = await configs.stage.actors('a');
      await configs.publishes(configs.of(a), 1);
      a.network.onNextWrite({ kind });
      expect(await configs.publishes(configs.of(a), 2)).toBe(2);
      a.network.onNextWrite({ kind }, isFlip);
      expect(await configs.publishes(configs.of(a), 3)).toBe(3);
      expect(configs.rows('version#')).toHaveLength(3);
      expect(configs.head().version).toBe(3);
    },
  );

  test('asks for the head first when it has not heard of it for a minute', async () => {
    const configs = new Configs();
    const [a, b] = await configs.stage.actors('a', 'b');
    await configs.publishes(configs.of(a), 1);
    await configs.publishes(configs.of(b), 2, 3);
    // It talks to the table meanwhile, but not about this.
    await configs.stage.advance(61_000);
    await configs.stage.run(a.holdfast.lock('another').holder());
    configs.stage.ledger.clear();
    expect(await configs.publishes(configs.of(a), 4)).toBe(4);
    expect(configs.stage.ledger.bill('a')).toEqual({ requests: 3, readUnits: 1, writeUnits: 2 });
  });

  test('refuses what expects another version, and says which one it found', async () => {
    const configs = new Configs();
    const [a, b] = await configs.stage.actors('a', 'b');
    await configs.publishes(configs.of(a), 1);
    await configs.publishes(configs.of(b), 2);
    const late = configs.of(a).publish({ uploads: 9 }, { expectedVersion: 1 });
    const conflict = { code: 'config-conflict', expectedVersion: 1, version: 2 };
    await expect(configs.stage.run(late)).rejects.toMatchObject(conflict);
    const first = configs.of(a).publish({ uploads: 9 }, { expectedVersion: 0 });
    await expect(configs.stage.run(first)).rejects.toMatchObject({ version: 2 });
    const third = await configs.stage.run(
      configs.of(a).publish({ uploads: 3 }, { expectedVersion: 2 }),
    );
    expect(third).toEqual({ version: 3 });
  });

  test('lets one of two through who expect the same version', async () => {
    const configs = new Configs();
    const actors = await configs.stage.actors('a', 'b');
    await configs.publishes(configs.of(actors[0]), 1);
    const calls = actors.map(
      (actor) => new Call(configs.of(actor).publish({ uploads: 2 }, { expectedVersion: 1 })),
    );
    await configs.stage.until(() => calls.every(({ isOver }) => isOver));
    expect(calls.filter(({ result }) => result?.version === 2)).toHaveLength(1);
    expect(calls.filter(({ error }) => error !== undefined)).toHaveLength(1);
  });

  test('loses none of a hundred changes that ten processes make at once', async () => {
    const configs = new Configs();
    const labels = Array.from({ length: 10 }, (_, index) => `p${index}`);
    const actors = labels.map((label) => configs.stage.actor(label));
    const changes = actors.flatMap((actor) =>
      Array.from({ length: 10 }, () =>
        configs.of(actor).update((value) => ({ uploads: (value?.uploads ?? 0) + 1 })),
      ),
    );
    const published = await configs.stage.run(Promise.all(changes), 600_000);
    const versions = published.map(({ version }) => version).sort((one, other) => one - other);
    expect(versions).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    const { value } = await configs.stage.run(configs.of(actors[0] as never).get({ maxAgeMs: 0 }));
    expect(value).toEqual({ uploads: 100 });
  });

  test('patches, deletes and rolls back by versions of their own', async () => {
    const configs = new Configs();
    const [a] = await configs.stage.actors('a');
    const limits = configs.of(a);
    await configs.publishes(limits, 1);
    await configs.stage.run(limits.patch({ downloads: 5 }));
    expect((await configs.stage.run(limits.get({ maxAgeMs: 0 }))).value).toEqual({
      uploads: 1,
      downloads: 5,
    });
    await configs.stage.run(limits.delete({ note: 'over' }));
    await expect(configs.stage.run(limits.get({ maxAgeMs: 0 }))).rejects.toMatchObject({
      code: 'config-missing',
    });
    await configs.stage.run(limits.rollback());
    await configs.stage.run(limits.rollback({ to: 1 }));
    const history = await configs.stage.run(limits.history({ limit: 3 }));
    expect(history).toMatchObject([
      { version: 5, value: { uploads: 1 }, repeats: 1 },
      { version: 4, value: { uploads: 1, downloads: 5 }, repeats: 2 },
      { version: 3, value: undefined, note: 'over' },
    ]);
    const missing = limits.rollback({ to: 77 });
    await expect(configs.stage.run(missing)).rejects.toMatchObject({ code: 'version-missing' });
  });

  test('takes documents of 300 KB and refuses larger ones', async () => {
    const configs = new Configs();
    const [a] = await configs.stage.actors('a');
    const limits = configs.of(a);
    const most = 'x'.repeat(300 * 1_024 - '{"uploads":""}'.length);
    expect(await configs.stage.run(limits.publish({ uploads: most } as never))).toEqual({
      version: 1,
    });
    const tooLarge = limits.publish({ uploads: `${most}x` } as never);
    await expect(tooLarge).rejects.toMatchObject({
      code: 'config-too-large',
      message: expect.stringMatching(/at most 307200 bytes of JSON, got 307201/),
    });
    await expect(limits.publish({ uploads: new Date() } as never)).rejects.toThrow(/JSON value/);
    await expect(limits.publish(undefined as never)).rejects.toThrow(/JSON value/);
  });

  test('says what is wrong with an option', async () => {
    const configs = new Configs();
    const [a] = await configs.stage.actors('a');
    const value = { uploads: 1 };
    expect(() => configs.of(a, { pollMs: 1 })).toThrow(/pollMs: .* from 50 to/);
    expect(() => configs.of(a, { polling: 1 } as object)).toThrow(/got 'polling'/);
    expect(() => configs.of(a, { schema: {} } as object)).toThrow(/Standard Schema/);
    expect(() => configs.of(a, { history: { versions: 0 } })).toThrow(/history.versions/);
    const limits = configs.of(a);
    await expect(limits.publish(value, { note: '' })).rejects.toThrow(/note/);
    await expect(limits.publish(value, { expectedVersion: -1 })).rejects.toThrow(/from 0/);
    const rollout = { schedule: { kind: 'weekly' } } as never;
    await expect(limits.publish(value, { rollout })).rejects.toThrow(/got 'weekly'/);
    await expect(limits.get({ maxAgeMs: -1 })).rejects.toThrow(/maxAgeMs/);
    expect(() => limits.watch({ mode: 'all' as never })).toThrow(/'latest' or 'every'/);
    expect(() => limits.watch({ from: 'abc' })).toThrow(/a cursor of config 'it'/);
  });
});
