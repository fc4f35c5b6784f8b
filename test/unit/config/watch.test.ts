import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { config } from '../../../lib/config/index.ts';
import { Holdfast } from '../../../lib/index.ts';
import { LocalHints } from '../../../lib/local/local-hints.ts';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import { FaultStore } from '../../../lib/testing/fault-store.ts';
import { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';
import { guarantee } from '../../planted/control.ts';
import type { Actor } from '../support/actor.ts';
import { Configs, type Limits, Listener } from '../support/configs.ts';

function every(configs: Configs, actor: Actor, from?: string): Listener<Limits> {
  const limits = configs.of(actor, { pollMs: 1_000 });
  return new Listener((signal) => limits.watch({ mode: 'every', signal, ...(from && { from }) }));
}

guarantee(
  'a watch of every version: what is removed in the middle of it is announced',
  { without: 'watch-jumps-over-holes' },
  async (library) => {
    const configs = new Configs(library);
    const [a, b] = await configs.stage.actors('a', 'b');
    const writer = configs.of(a, { history: { versions: 2 } });
    await configs.publishes(writer, 1);
    const early = every(configs, b);
    await configs.stage.advance(100);
    early.stop();
    await configs.stage.advance(2_000);
    await configs.publishes(writer, 2, 3);
    // It knows a head, and goes on from an old place while the versions before are removed.
    await configs.stage.run(configs.of(b).get({ maxAgeMs: 0 }));
    b.network.onNextQuery({ kind: 'delay', byMs: 500 });
    const late = every(configs, b, early.cursor);
    await configs.stage.advance(200);
    await configs.publishes(writer, 4, 5, 6);
    for (const version of [1, 2]) await removeVersion(configs, version);
    await configs.stage.advance(10_000);
    const versions = late.events.map(({ version }) => version);
    if (versions.at(-1) !== 6) throw new Error(`the watch did not catch up: ${late.words}`);
    return isGapless(1, late);
  },
);

guarantee(
  'a watch: the cursor of another document is not taken for a place in this one',
  { without: 'cursor-of-any-document' },
  async (library) => {
    const configs = new Configs(library);
    const [a] = await configs.stage.actors('a');
    await configs.publishes(configs.of(a), 1);
    const listener = every(configs, a);
    await configs.stage.advance(100);
    const other = library.config(a.holdfast, 'other');
    try {
      other.watch({ from: listener.cursor });
      return false;
    } catch (error) {
      return (error as { readonly code?: string }).code === 'invalid-argument';
    }
  },
);

/** Whether no version was left out without a reset. */
function isGapless(after: number, { events }: Listener<Limits>): boolean {
  let last = after;
  for (const { type, version } of events) {
    if (type !== 'reset' && version !== last + 1) return false;
    last = version;
  }
  return true;
}

async function removeVersion(configs: Configs, version: number): Promise<void> {
  for (const { pk, sk } of configs.rows(`version#${String(version).padStart(16, '0')}`)) {
    await configs.stage.table.write({ kind: 'delete', key: { pk: `${pk}`, sk: `${sk}` } });
  }
}

describe('a watch', () => {
  test('tells every version once, in order, from the beginning and from a cursor', async () => {
    const configs = new Configs();
    const [a, b] = await configs.stage.actors('a', 'b');
    await configs.publishes(configs.of(a), 1, 2);
    const first = every(configs, b);
    await configs.stage.advance(500);
    await configs.publishes(configs.of(a), 3, 4, 5);
    await configs.stage.advance(3_000);
    expect(first.words).toEqual(['snapshot 2', 'changed 3', 'changed 4', 'changed 5']);
    first.stop();
    await configs.stage.run(configs.of(a).delete());
    await configs.publishes(configs.of(a), 7);
    await configs.stage.advance(60_000);
    const cursor = first.events[2]?.cursor;
    const again = every(configs, b, cursor);
    await configs.stage.advance(3_000);
    expect(again.words).toEqual(['changed 5', 'deleted 6', 'changed 7']);
    expect(again.events[2]).toMatchObject({ value: { uploads: 7 }, previousVersion: 6 });
    expect(first.isOver).toBe(true);
  });

  test('tells the latest alone, and nothing twice', async () => {
    const configs = new Configs();
    const [a, b] = await configs.stage.actors('a', 'b');
    await configs.publishes(configs.of(a), 1);
    const limits = configs.of(b, { pollMs: 1_000 });
    const listener = new Listener((signal) => limits.watch({ signal }));
    await configs.stage.advance(100);
    await configs.publishes(configs.of(a), 2, 3, 4);
    await configs.stage.advance(5_000);
    await configs.stage.run(configs.of(a).delete());
    await configs.stage.advance(5_000);
    expect(listener.words).toEqual(['snapshot 1', 'changed 4', 'deleted 5']);
    listener.stop();
    await configs.stage.advance(100);
    const same = new Listener((signal) => limits.watch({ signal, from: listener.cursor }));
    await configs.stage.advance(5_000);
    expect(same.words).toEqual([]);
    await configs.publishes(configs.of(a), 6);
    await configs.stage.advance(5_000);
    expect(same.words).toEqual(['changed 6']);
  });

  test('begins before there is a document, and tells the first one', async () => {
    const configs = new Configs();
    const [a, b] = await configs.stage.actors('a', 'b');
    const [latest, all] = [
      new Listener((signal) => configs.of(b, { pollMs: 1_000 }).watch({ signal })),
      every(configs, b),
    ];
    await configs.stage.advance(2_000);
    await configs.publishes(configs.of(a), 1);
    await configs.stage.advance(3_000);
    expect(latest.words).toEqual(['snapshot 0', 'changed 1']);
    expect(all.words).toEqual(['snapshot 0', 'changed 1']);
  });

  test.each([
    { cursor: 6, expected: ['reset 10'] },
    { cursor: 7, expected: ['changed 8', 'changed 9', 'changed 10'] },
    { cursor: 8, expected: ['changed 9', 'changed 10'] },
    { cursor: 10, expected: [] },
  ])('at version $cursor of 10, compacted through 7, goes on with $expected', async (row) => {
    const configs = new Configs();
    const [a, b] = await configs.stage.actors('a', 'b');
    const writer = configs.of(a, { history: { versions: 3 } });
    const reader = every(configs, b);
    await configs.stage.advance(100);
    for (let uploads = 1; uploads <= row.cursor; uploads += 1) {
      await configs.publishes(configs.of(a), uploads);
      await configs.stage.advance(1_500);
    }
    reader.stop();
    for (let uploads = row.cursor + 1; uploads <= 10; uploads += 1) {
      await configs.publishes(configs.of(a), uploads);
    }
    await configs.stage.run(writer.compact());
    expect(configs.head().floor).toBe(7);
    const late = every(configs, b, reader.cursor);
    await configs.stage.advance(3_000);
    expect(late.words).toEqual(row.expected);
  });

  test('keeps the last good value, and says what is wrong with the new one', async () => {
    const configs = new Configs();
    const [a, b] = await configs.stage.actors('a', 'b');
    const schema = z.object({ uploads: z.number().max(100) });
    const limits = config(b.holdfast, 'it', { schema, pollMs: 1_000 });
    await configs.publishes(configs.of(a), 1);
    const latest = new Listener((signal) => limits.watch({ signal }));
    const all = new Listener((signal) => limits.watch({ signal, mode: 'every' }));
    await configs.stage.advance(100);
    await configs.publishes(configs.of(a), 101);
    await configs.stage.advance(3_000);
    expect(limits.current).toEqual({ uploads: 1 });
    await configs.publishes(configs.of(a), 3);
    await configs.stage.advance(3_000);
    const words = ['snapshot 1', 'rejected 2', 'changed 3'];
    expect([latest.words, all.words]).toEqual([words, words]);
    expect(latest.events[1]).toMatchObject({ issues: [{ path: ['uploads'] }] });
  });

  test('outlives an outage, and ends with what no later look can mend', async () => {
    const configs = new Configs();
    const [a, b] = await configs.stage.actors('a', 'b');
    await configs.publishes(configs.of(a), 1);
    const [latest, all] = [
      new Listener((signal) => configs.of(b, { pollMs: 1_000 }).watch({ signal })),
      every(configs, b),
    ];
    await configs.stage.advance(100);
    b.failing = { reason: 'unavailable', retryable: true, message: 'away' };
    await configs.stage.advance(300_000);
    await configs.publishes(configs.of(a), 2);
    b.failing = undefined;
    await configs.stage.advance(80_000);
    expect([latest.words, all.words]).toEqual([
      ['snapshot 1', 'changed 2'],
      ['snapshot 1', 'changed 2'],
    ]);
    b.failing = { reason: 'access-denied', retryable: false, message: 'no' };
    await configs.stage.advance(80_000);
    expect([latest.error, all.error]).toMatchObject([
      { code: 'access-denied' },
      { code: 'access-denied' },
    ]);
  });

  test('is told within 100 ms of a hint, in each of fifty instances', async () => {
    const clock = new VirtualClock();
    const store = new FaultStore(new MemoryStore({ clock }), { clock });
    const hints = new LocalHints();
    const open = (seed: number) =>
      new Holdfast({ store, clock, random: new SeededRandom(seed), hints });
    const writer = config<number>(open(0), 'it');
    await clock.run(writer.publish(1));
    const listeners = Array.from({ length: 50 }, (_, index) => {
      const limits = config<number>(open(1 + index), 'it');
      return new Listener<number>((signal) => limits.watch({ signal }));
    });
    await clock.advance(1_000);
    await clock.run(writer.publish(2));
    await clock.advance(100);
    for (const { words } of listeners) expect(words).toEqual(['snapshot 1', 'changed 2']);
  });

  test('is reset by a document that was begun anew', async () => {
    const configs = new Configs();
    const [a, b] = await configs.stage.actors('a', 'b');
    await configs.publishes(configs.of(a), 1, 2, 3);
    const listener = every(configs, b);
    await configs.stage.advance(100);
    for (const { pk, sk } of configs.rows('')) {
      await configs.stage.table.write({ kind: 'delete', key: { pk: `${pk}`, sk: `${sk}` } });
    }
    const another = configs.stage.actor('c');
    await configs.publishes(configs.of(another), 9);
    await configs.stage.advance(20_000);
    expect(listener.words).toEqual(['snapshot 3', 'reset 1']);
    expect(listener.events[1]).toMatchObject({ reason: 'restored', value: { uploads: 9 } });
  });
});
