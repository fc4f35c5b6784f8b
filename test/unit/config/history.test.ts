import { describe, expect, test } from 'vitest';
import { differencesOf, mergePatch } from '../../../lib/config/document.ts';
import { guarantee } from '../../planted/control.ts';
import { Configs } from '../support/configs.ts';

guarantee(
  'the history: no version expires before the head has given it up',
  { without: 'expired-before-the-floor' },
  async (library) => {
    const configs = new Configs(library);
    const [a, b] = await configs.stage.actors('a', 'b');
    const limits = configs.of(a, { history: { versions: 2 } });
    await configs.publishes(configs.of(b), 1, 2, 3, 4, 5);
    // The write that raises the floor gets lost, and so do all that would repeat it.
    a.network.onNextWrite({ kind: 'reject', reason: 'throttled' });
    await configs.stage.run(limits.compact());
    return configs.rows('version#').every(({ ttl }) => ttl === undefined);
  },
);

guarantee(
  'the history: the version that an abort leads back to is never given up',
  { without: 'floor-passes-the-rollout' },
  async (library) => {
    const configs = new Configs(library);
    const [a, b] = await configs.stage.actors('a', 'b');
    const limits = configs.of(a, { history: { versions: 1 } });
    await configs.publishes(limits, 1);
    const schedule = { kind: 'linear', percent: 10, everyMs: 60_000 } as const;
    await configs.stage.run(limits.publish({ uploads: 2 }, { rollout: { schedule } }));
    await configs.stage.run(limits.compact());
    await configs.stage.advance(3 * 3_600_000);
    // The service removes what has expired.
    const nowSeconds = configs.stage.clock.wallMs() / 1_000;
    for (const { pk, sk, ttl } of configs.rows('version#')) {
      const key = { pk: `${pk}`, sk: `${sk}` };
      if (Number(ttl) < nowSeconds) await configs.stage.table.write({ kind: 'delete', key });
    }
    await configs.stage.run(limits.rollout.abort());
    const reading = configs.of(b, { fallback: { uploads: 0 } }).get({ maxAgeMs: 0 });
    const uploads = await configs.stage.run(reading).then(
      ({ value }) => value.uploads,
      () => 'nothing',
    );
    await configs.stage.run(limits.publish({ uploads: 3 }));
    await configs.stage.run(limits.compact());
    if (configs.head().floor === 0) throw new Error('nothing is ever given up');
    return uploads === 1;
  },
);

describe('the history of a configuration', () => {
  test('shows what differs, and what was current at a time', async () => {
    const configs = new Configs();
    const [a] = await configs.stage.actors('a');
    const limits = configs.of(a);
    const times: number[] = [];
    for (const uploads of [1, 2, 3]) {
      await configs.stage.advance(10_000);
      await configs.stage.run(limits.publish({ uploads }, { by: 'ann', note: `to ${uploads}` }));
      await configs.stage.advance(5_000);
      times.push(configs.stage.clock.wallMs());
    }
    const found = await configs.stage.run(Promise.all(times.map((time) => limits.at(time))));
    expect(found).toMatchObject([
      { version: 1, value: { uploads: 1 }, by: 'ann', note: 'to 1', rollout: 'none' },
      { version: 2 },
      { version: 3 },
    ]);
    expect(await configs.stage.run(limits.at((times[0] ?? 0) - 60_000))).toBeUndefined();
    const diff = await configs.stage.run(limits.diff(1, 3));
    expect(diff).toEqual([{ kind: 'changed', path: ['uploads'], before: 1, after: 3 }]);
    const none = configs.stage.run(limits.diff(1, 4));
    await expect(none).rejects.toMatchObject({ code: 'version-missing' });
  });

  test('knows of a rollout who ran what', async () => {
    const configs = new Configs();
    const [a] = await configs.stage.actors('a');
    const limits = configs.of(a);
    await configs.publishes(limits, 1);
    await configs.stage.advance(10_000);
    const schedule = { kind: 'linear', percent: 10, everyMs: 60_000 } as const;
    await configs.stage.run(limits.publish({ uploads: 2 }, { rollout: { schedule } }));
    await configs.stage.advance(10_000);
    const during = configs.stage.clock.wallMs();
    await configs.stage.advance(10_000);
    await configs.stage.run(limits.rollout.abort());
    await configs.stage.advance(10_000);
    const after = configs.stage.clock.wallMs();
    const found = await configs.stage.run(Promise.all([limits.at(during), limits.at(after)]));
    expect(found).toMatchObject([
      { version: 2, rollout: 'under-way', from: 1 },
      { version: 2, rollout: 'aborted', from: 1 },
    ]);
  });

  test('is kept by count, for one write a version, and says what is gone', async () => {
    const configs = new Configs();
    const [a] = await configs.stage.actors('a');
    const limits = configs.of(a, { history: { versions: 3 } });
    await configs.publishes(limits, 1, 2, 3, 4, 5);
    await configs.stage.advance(1_000);
    expect(configs.head().floor).toBe(2);
    const expiring = configs.rows('version#').filter(({ ttl }) => ttl !== undefined);
    expect(expiring.map(({ version }) => version)).toEqual([1, 2]);
    const nowSeconds = configs.stage.clock.wallMs() / 1_000;
    for (const { ttl } of expiring) expect(Number(ttl)).toBeGreaterThan(nowSeconds + 3_500);
    const history = await configs.stage.run(limits.history());
    expect(history.map(({ version }) => version)).toEqual([5, 4, 3]);
  });

  test('is kept by age', async () => {
    const configs = new Configs();
    const [a] = await configs.stage.actors('a');
    const limits = configs.of(a, { history: { maxAgeMs: 3_600_000 } });
    await configs.publishes(limits, 1, 2, 3);
    await configs.stage.advance(1_800_000);
    await configs.publishes(limits, 4);
    await configs.stage.advance(1_860_000);
    // Versions 1 and 2 were replaced more than an hour ago; 3 half an hour ago.
    expect(await configs.stage.run(limits.compact())).toBe(2);
    expect(await configs.stage.run(limits.compact())).toBe(0);
    await configs.stage.advance(7_200_000);
    expect(await configs.stage.run(limits.compact())).toBe(1);
    expect(configs.head()).toMatchObject({ floor: 3, version: 4 });
  });
});

describe('documents', () => {
  test.each([
    [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: null }, { b: 2 }],
    [{ a: { b: 1, c: 2 } }, { a: { c: null, d: 3 } }, { a: { b: 1, d: 3 } }],
    [{ a: [1, 2] }, { a: [3] }, { a: [3] }],
    [[1], { a: 1 }, { a: 1 }],
    [undefined, { a: { b: null } }, { a: {} }],
  ])('%o patched with %o are %o', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  test('differ member by member', () => {
    const before = { same: 1, gone: 2, list: [1, 2], deep: { a: true }, kind: [1] };
    const after = { same: 1, list: [1, 3, 4], deep: { a: false }, kind: 'x', come: null };
    expect(differencesOf(before, after)).toEqual([
      { kind: 'removed', path: ['gone'], before: 2 },
      { kind: 'changed', path: ['list', 1], before: 2, after: 3 },
      { kind: 'added', path: ['list', 2], after: 4 },
      { kind: 'changed', path: ['deep', 'a'], before: true, after: false },
      { kind: 'changed', path: ['kind'], before: [1], after: 'x' },
      { kind: 'added', path: ['come'], after: null },
    ]);
    expect(differencesOf(undefined, 1)).toEqual([{ kind: 'added', path: [], after: 1 }]);
  });
});
