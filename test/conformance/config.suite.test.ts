import { expect } from 'vitest';
import { config } from '../../lib/config/index.ts';
import type { Holdfast } from '../../lib/index.ts';
import { playOnEvery } from './plays.ts';

async function publishTogether(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const add = (holdfast: Holdfast) =>
    config<number>(holdfast, name).update((sum) => (sum ?? 0) + 1);
  const published = await Promise.all([add(a), add(b), add(a), add(b), add(a), add(b)]);
  expect(published.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await config<number>(b, name).get({ maxAgeMs: 0 })).toMatchObject({
    value: 6,
    version: 6,
    source: 'live',
  });
  const late = config<number>(a, name).publish(9, { expectedVersion: 5 });
  await expect(late).rejects.toMatchObject({ code: 'config-conflict', version: 6 });
}

async function tellEverything(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const [writer, reader] = [config<object>(a, name), config<object>(b, name, { pollMs: 50 })];
  const values = [{ a: 1 }, { a: [1.5, 'é', null, { b: true }] }, {}];
  await writer.publish({});
  const abort = new AbortController();
  const words: string[] = [];
  const watch = reader.watch({ mode: 'every', signal: abort.signal });
  await watch.next();
  for (const value of values) await writer.publish(value);
  await writer.delete();
  for (const value of values) {
    const { value: event } = await watch.next();
    expect(event).toMatchObject({ type: 'changed', value });
  }
  for await (const { type, version } of watch) {
    words.push(`${type} ${version}`);
    abort.abort();
  }
  expect(words).toEqual(['deleted 5']);
}

async function keepHistory(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const limits = config<{ n: number }>(a, name, { history: { versions: 2 } });
  for (let n = 1; n <= 5; n += 1) await limits.publish({ n });
  await limits.compact();
  const history = await config(b, name).history();
  expect(history.map(({ version }) => version)).toEqual([5, 4]);
  expect(await limits.diff(4, 5)).toMatchObject([{ kind: 'changed', before: 4, after: 5 }]);
  expect(await limits.rollback()).toEqual({ version: 6 });
  expect((await limits.get({ maxAgeMs: 0 })).value).toEqual({ n: 4 });
}

async function rollOut(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const [writer, reader] = [config<string>(a, name), config<string>(b, name)];
  await writer.publish('old');
  const schedule = { kind: 'steps', steps: [{ percent: 0, forMs: 60_000 }] } as const;
  await writer.publish('new', { rollout: { schedule } });
  expect((await reader.get({ maxAgeMs: 0 })).value).toBe('old');
  await expect(writer.publish('newer')).rejects.toMatchObject({ code: 'rollout-active' });
  await writer.rollout.finish();
  expect((await reader.get({ maxAgeMs: 0 })).value).toBe('new');
}

playOnEvery('a configuration', [
  ['publishes versions without gaps from two clients', publishTogether, 'date header'],
  ['tells a watcher everything in order', tellEverything, 'date header'],
  ['keeps and gives up its history', keepHistory, 'date header'],
  ['rolls a version out', rollOut, 'date header'],
]);
