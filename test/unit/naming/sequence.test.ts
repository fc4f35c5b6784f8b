import { describe, expect, test } from 'vitest';
import { nextBlockSize } from '../../../lib/naming/block-size.ts';
import * as naming from '../../../lib/naming/index.ts';
import { guarantee } from '../../planted/control.ts';
import type { Actor } from '../support/actor.ts';
import { Stage } from '../support/stage.ts';

type Naming = Pick<typeof naming, 'sequence'>;

function sequenceOf(actor: Actor, library: Naming = naming, options: naming.SequenceOptions = {}) {
  return library.sequence(actor.holdfast, 'it', { blockMin: 4, blockMax: 4, ...options });
}

function hasNoDuplicate(numbers: readonly number[]): boolean {
  return new Set(numbers).size === numbers.length;
}

guarantee(
  'a sequence: two who ask at the same moment get different numbers',
  { without: 'sequence-block-unconditional' },
  async (library) => {
    const stage = new Stage(library);
    const actors = await stage.actors('a', 'b');
    const taking = actors.map((actor) => sequenceOf(actor, library).take(4));
    return hasNoDuplicate((await stage.run(Promise.all(taking))).flat());
  },
);

guarantee(
  'a sequence: a request that never arrived does not give its sender the block of another',
  { without: 'sequence-unanswered-is-ours' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const first = await stage.run(sequenceOf(a, library).take(2));
    // What looks ahead is out of the way, so that the script meets the request for more.
    await stage.advance(100);
    a.network.onNextWrite({ kind: 'drop' });
    const dropped = sequenceOf(a, library).take(8);
    await stage.advance(100);
    const others = await stage.run(sequenceOf(b, library).take(4));
    return hasNoDuplicate([...first, ...others, ...(await stage.run(dropped, 20_000))]);
  },
);

describe('a sequence', () => {
  test.each(['lose-answer', 'drop', 'error-after'] as const)(
    'gives each number once and skips none of its own after: %s',
    async (kind) => {
      const stage = new Stage();
      const [a] = await stage.actors('a');
      a.network.onNextWrite({ kind });
      const numbers = await stage.run(sequenceOf(a).take(10), 20_000);
      expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    },
  );

  test('refuses the late duplicate of a request for a block', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 100 });
    const mine = await stage.run(sequenceOf(a).take(4));
    const others = await stage.run(sequenceOf(b).take(4));
    await stage.advance(200);
    const more = await stage.run(sequenceOf(a).take(12));
    expect(hasNoDuplicate([...mine, ...others, ...more])).toBe(true);
  });

  test('rises within an instance, for all who ask at once', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const seen: number[] = [];
    const asking = Array.from({ length: 20 }, () =>
      sequenceOf(a)
        .next()
        .then((number) => seen.push(number)),
    );
    await stage.run(Promise.all(asking));
    expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test('asks for the next block when half of one is gone, in one write each', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const numbers = sequenceOf(a);
    await stage.run(numbers.take(1));
    expect(stage.ledger.bill('a')).toEqual({ requests: 2, readUnits: 1, writeUnits: 1 });
    await stage.advance(50);
    expect(stage.ledger.bill('a').requests).toBe(2);
    await stage.run(numbers.take(2));
    await stage.advance(50);
    expect(stage.ledger.bill('a')).toEqual({ requests: 3, readUnits: 1, writeUnits: 2 });
    await stage.run(numbers.take(1));
    a.failing = { reason: 'unavailable', retryable: true, message: 'away' };
    expect(await stage.run(numbers.take(4))).toEqual([5, 6, 7, 8]);
  });

  test('loses at most two blocks with its process', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const last = (await stage.run(sequenceOf(a).take(7))).at(-1);
    await stage.advance(100);
    a.die();
    expect(last).toBe(7);
    const [next] = await stage.run(sequenceOf(b).take(1));
    expect(next).toBeGreaterThan(7);
    expect(next).toBeLessThanOrEqual(7 + 2 * 4);
  });

  test('goes on after an outage that it has reported', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    a.failing = { reason: 'unavailable', retryable: true, message: 'away' };
    const call = sequenceOf(a).next();
    await expect(stage.run(call, 60_000)).rejects.toMatchObject({ code: 'store-unavailable' });
    a.failing = undefined;
    expect(await stage.run(sequenceOf(a).next())).toBe(1);
    await stage.run(a.holdfast.close());
    await expect(sequenceOf(a).next()).rejects.toMatchObject({ code: 'closed' });
  });

  test('says when it has no numbers left, and what is wrong with an argument', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const item = { pk: 'default#sequence#it', sk: 'sequence', next: Number.MAX_SAFE_INTEGER - 2 };
    await stage.table.write({ kind: 'put', item });
    const exhausted = { code: 'sequence-exhausted' };
    await expect(stage.run(sequenceOf(a).next())).rejects.toMatchObject(exhausted);
    const { holdfast } = a;
    expect(() => naming.sequence(holdfast, '')).toThrow(/not empty/);
    expect(() => naming.sequence(holdfast, 'x', { blockMin: 0 })).toThrow(/blockMin: .* got 0/);
    expect(() => naming.sequence(holdfast, 'x', { blockMin: 9, blockMax: 8 })).toThrow(/from 9/);
    expect(() => naming.sequence(holdfast, 'x', { size: 1 } as object)).toThrow(/got 'size'/);
    await expect(sequenceOf(a).take(0)).rejects.toThrow(/count: .* from 1 to 100000, got 0/);
    await expect(sequenceOf(a).take(1.5)).rejects.toThrow(/got 1.5/);
  });

  test('sizes its blocks by how long one lasts, within its bounds', () => {
    const bounds = { least: 4, most: 100 };
    expect(nextBlockSize(10, 999, bounds)).toBe(20);
    expect(nextBlockSize(10, 1_000, bounds)).toBe(10);
    expect(nextBlockSize(10, 10_000, bounds)).toBe(10);
    expect(nextBlockSize(10, 10_001, bounds)).toBe(5);
    expect(nextBlockSize(80, 0, bounds)).toBe(100);
    expect(nextBlockSize(5, 99_999, bounds)).toBe(4);
  });
});

guarantee(
  'a row that many write is no fault of the table, however long they do',
  { without: 'crowd-taken-for-a-fault' },
  async (library) => {
    const stage = new Stage(library);
    const labels = Array.from({ length: 24 }, (_, index) => `p${index}`);
    const taking = labels.map((label) => sequenceOf(stage.actor(label), library).take(40));
    const numbers = await stage.run(Promise.all(taking), 600_000).catch(() => []);
    return numbers.length === labels.length && hasNoDuplicate(numbers.flat());
  },
);
