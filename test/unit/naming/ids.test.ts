import { describe, expect, test } from 'vitest';
import { decodeId, textOfId, widthOf } from '../../../lib/naming/id-layout.ts';
import * as naming from '../../../lib/naming/index.ts';
import { nextRange } from '../../../lib/naming/reservation.ts';
import { guarantee } from '../../planted/control.ts';
import type { Actor } from '../support/actor.ts';
import { Stage } from '../support/stage.ts';

type Naming = Pick<typeof naming, 'ids'>;
const AWAY = { reason: 'unavailable', retryable: true, message: 'away' } as const;

/** Ids with room for one process, so that two who meet there have one slot between them. */
function idsOf(actor: Actor, library: Naming = naming, reserveMs = 30_000) {
  const bits = { time: 41, slot: 1, sequence: 2 } as const;
  return library.ids(actor.holdfast, 'it', { bits, reserveMs });
}

/** Issues until nothing is left, or enough. */
function issue(ids: { next(): bigint }, most: number): bigint[] {
  const issued: bigint[] = [];
  try {
    while (issued.length < most) issued.push(ids.next());
  } catch (error) {
    if ((error as { code?: string }).code !== 'ids-exhausted') throw error;
  }
  return issued;
}

function hasNoDuplicate(ids: readonly unknown[]): boolean {
  return new Set(ids).size === ids.length;
}

/** Both slots taken by processes that stand still, and are taken over by one that does not know. */
async function takenOver(library: Naming, stage: Stage): Promise<bigint[]> {
  const [a, b] = await stage.actors('a', 'b');
  await stage.run(idsOf(a, library).ready());
  a.clock.pause();
  await stage.advance(20_000);
  await stage.run(idsOf(b, library).ready());
  const others = issue(idsOf(b, library), 1_000);
  // It goes on as if nothing had happened, with what it believes to be its own.
  const mine = issue(idsOf(a, library), 120_000);
  a.clock.resume();
  return [...mine, ...others];
}

guarantee(
  'ids: none is issued twice when a slot is taken from a process that stands still',
  { without: 'ids-reserved-again' },
  async (library) => hasNoDuplicate(await takenOver(library, new Stage(library))),
);

guarantee(
  'ids: a process issues none beyond what it has reserved, whatever its clock says',
  { without: 'ids-by-the-clock' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.run(idsOf(a, library, 1_000).ready());
    a.clock.pause();
    const mine = issue(idsOf(a, library, 1_000), 200_000);
    await stage.advance(20_000);
    await stage.run(idsOf(b, library, 1_000).ready());
    return hasNoDuplicate([...mine, ...issue(idsOf(b, library, 1_000), 100)]);
  },
);

guarantee(
  'ids: a reservation that arrives twice does not move back what was reserved since',
  { without: 'ids-reserve-unconditional' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const isReservation = (request: object) => JSON.stringify(request).includes('lastRange');
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 11_000 }, isReservation);
    await stage.run(idsOf(a, library).ready());
    const until = () =>
      Number(stage.table.snapshot().find(({ sk }) => sk !== 'layout')?.reservedUntil);
    await stage.advance(10_900);
    const before = until();
    await stage.advance(2_000);
    return until() >= before;
  },
);

describe('ids', () => {
  test('rise, also when the layout has too few for the load, and cost no request', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const ids = idsOf(a);
    await stage.run(ids.ready());
    stage.ledger.clear();
    const issued = issue(ids, 10_000);
    expect(issued).toHaveLength(10_000);
    expect(issued.every((id, index) => index === 0 || id > (issued[index - 1] ?? 0n))).toBe(true);
    expect(stage.ledger.arrivals).toEqual([]);
  });

  test('carry the time of the table, whatever the wall clock says', async () => {
    const stage = new Stage();
    const a = stage.actor('a', { wallOffsetMs: -7 * 3_600_000 });
    const ids = naming.ids(a.holdfast, 'it');
    await stage.run(ids.ready());
    await stage.advance(5_000);
    const { timeMs, slot, sequence } = ids.decode(ids.next());
    expect(Math.abs(timeMs - stage.clock.wallMs())).toBeLessThan(3_000);
    expect({ slot, sequence }).toEqual({ slot: 0, sequence: 0 });
  });

  test('are issued in an outage while the reservation lasts, and not beyond', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const ids = naming.ids(a.holdfast, 'it');
    expect(() => ids.next()).toThrow(expect.objectContaining({ code: 'ids-exhausted' }));
    await stage.run(ids.ready());
    a.failing = AWAY;
    await stage.advance(35_000);
    expect(ids.next()).toBeGreaterThan(0n);
    await stage.advance(60_000);
    const issued = issue(ids, 1_000_000);
    expect(issued.length).toBeLessThan(1_000_000);
    a.failing = undefined;
    await stage.run(ids.ready(), 60_000);
    expect(ids.next()).toBeGreaterThan(issued.at(-1) ?? 0n);
  });

  test.each(['lose-answer', 'drop', 'error-after'] as const)(
    'know their own reservation after: %s',
    async (kind) => {
      const stage = new Stage();
      const [a] = await stage.actors('a');
      const isReservation = (request: object) => JSON.stringify(request).includes('lastRange');
      const line = a.network.onNextWrite({ kind }, isReservation);
      await stage.run(idsOf(a).ready(), 20_000);
      expect(line.hit).toBe(true);
      expect(idsOf(a).next()).toBeGreaterThan(0n);
    },
  );

  test('are given back when their process closes, and begin there again', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const ids = idsOf(a);
    await stage.run(ids.ready());
    const last = ids.next();
    await stage.run(a.holdfast.close());
    expect(() => ids.next()).toThrow(/no reserved timestamps/);
    await expect(ids.ready()).rejects.toMatchObject({ code: 'closed' });
    await stage.run(idsOf(b).ready());
    const next = idsOf(b).next();
    expect(next).toBeGreaterThan(last);
    const { timeMs, slot } = idsOf(b).decode(next);
    expect(slot).toBe(0);
    expect(Math.abs(timeMs - stage.clock.wallMs())).toBeLessThan(3_000);
  });

  test('say who holds all slots', async () => {
    const stage = new Stage();
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    await stage.run(Promise.all([idsOf(a).ready(), idsOf(b).ready()]));
    const full = { code: 'slots-full', message: expect.stringMatching(/none of 2 .*[ab].*[ab]/) };
    await expect(stage.run(idsOf(c).ready())).rejects.toMatchObject(full);
  });

  test('of one name have one layout for ever', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.run(idsOf(a).ready());
    const before = stage.table.snapshot();
    const other = naming.ids(b.holdfast, 'it', { bits: { time: 42, slot: 1, sequence: 2 } });
    const mismatch = { code: 'layout-mismatch' };
    await expect(stage.run(other.ready())).rejects.toMatchObject(mismatch);
    expect(stage.table.snapshot()).toEqual(before);
  });

  test('come as bigint, number, or text that sorts alike, and are decoded', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const texts = naming.ids(a.holdfast, 'texts', { as: 'string' });
    const numbers = naming.ids(a.holdfast, 'numbers', { as: 'number' });
    await stage.run(Promise.all([texts.ready(), numbers.ready()]));
    const issued = Array.from({ length: 100 }, () => texts.next());
    expect(issued.toSorted()).toEqual(issued);
    expect(new Set(issued.map(({ length }) => length))).toEqual(new Set([13]));
    expect(texts.decode(issued[7] ?? '')).toMatchObject({ slot: 0, sequence: 7 });
    const number = numbers.next();
    expect(Number.isSafeInteger(number)).toBe(true);
    expect(numbers.decode(number)).toMatchObject({ slot: 0, sequence: 0 });
  });

  test('of a layout without room are refused, before any request', async () => {
    const stage = new Stage();
    const [{ holdfast }] = await stage.actors('a');
    const wide = { time: 41, slot: 10, sequence: 12 } as const;
    // @ts-expect-error 63 bits do not fit into a number
    expect(() => naming.ids(holdfast, 'x', { as: 'number', bits: wide })).toThrow(/at most 53/);
    const tooWide = { time: 48, slot: 10, sequence: 12 } as const;
    // @ts-expect-error 70 bits do not fit into 63
    expect(() => naming.ids(holdfast, 'x', { bits: tooWide })).toThrow(/at most 63 .* got 70/);
    const noSlot = { time: 41, slot: 0, sequence: 12 };
    expect(() => naming.ids(holdfast, 'x', { bits: noSlot })).toThrow(/bits.slot: .*1 to 16/);
    expect(() => naming.ids(holdfast, 'x', { as: 'uuid' as 'string' })).toThrow(/as: expected/);
    expect(() => naming.ids(holdfast, 'x', { reserveMs: 1 })).toThrow(/reserveMs/);
    expect(() => naming.ids(holdfast, 'x', { epochMs: -1 })).toThrow(/epochMs/);
    expect(stage.ledger.arrivals).toEqual([]);
  });
});

describe('the layout of an id', () => {
  const layout = { time: 41, slot: 10, sequence: 12, epochMs: 1_000 };

  test('is read back from every kind of id', () => {
    const id = (123n << 22n) | (5n << 12n) | 6n;
    const decoded = { timeMs: 1_123, slot: 5, sequence: 6 };
    expect(decodeId(layout, id)).toEqual(decoded);
    expect(decodeId(layout, Number(id))).toEqual(decoded);
    expect(decodeId(layout, textOfId(id, widthOf(layout)))).toEqual(decoded);
  });

  test.each([-1n, 1n << 63n, 1.5, 'abc', 'W'.repeat(13), ''])('refuses what is none: %s', (id) => {
    expect(() => decodeId(layout, id)).toThrow(/id: expected an id of 63 bits/);
  });
});

test('a range begins above all that was reserved, and not behind the time', () => {
  const wish = { reservedUntil: 50, earliest: 10.5, latest: 12.5, ownEnd: 20, reserveMs: 100 };
  expect(nextRange(wish)).toEqual({ from: 50, to: 150 });
  expect(nextRange({ ...wish, reservedUntil: 0 })).toEqual({ from: 20, to: 120 });
  expect(nextRange({ ...wish, reservedUntil: 0, ownEnd: 0 })).toEqual({ from: 10, to: 113 });
});
