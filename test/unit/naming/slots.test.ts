import { describe, expect, test } from 'vitest';
import { NO_ROW } from '../../../lib/lease/row.ts';
import * as naming from '../../../lib/naming/index.ts';
import { type SlotRow, slotsInDoubt, slotsToTry } from '../../../lib/naming/slot-rows.ts';
import type { Actor } from '../support/actor.ts';
import { Stage } from '../support/stage.ts';

function slotsOf(actor: Actor, size = 2) {
  return naming.slots(actor.holdfast, 'it', { size });
}

describe('slots', () => {
  test('are given from the smallest on, each to one process', async () => {
    const stage = new Stage();
    const actors = await stage.actors('a', 'b', 'c');
    const taking = actors.map((actor) => slotsOf(actor, 3).acquire());
    const slots = await stage.run(Promise.all(taking), 20_000);
    expect(slots.map(({ number }) => number).toSorted()).toEqual([0, 1, 2]);
    expect(slots.every((slot) => slot.remainingMs() > 0 && !slot.signal.aborted)).toBe(true);
  });

  test('say who holds what, when there are no more', async () => {
    const stage = new Stage();
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    await stage.run(slotsOf(a).acquire());
    await stage.run(slotsOf(b).acquire());
    const error = await stage.run(slotsOf(c).acquire()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(naming.SlotsFullError);
    expect(error).toMatchObject({
      code: 'slots-full',
      message: "slots 'it': none of 2 is free (0: a, 1: b)",
      holders: [
        { number: 0, label: 'a' },
        { number: 1, label: 'b' },
      ],
    });
    expect(await stage.run(slotsOf(c).holders())).toMatchObject([{ label: 'a' }, { label: 'b' }]);
  });

  test('go back to the label that held them last, if they are free', async () => {
    const stage = new Stage();
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const first = await stage.run(slotsOf(a).acquire());
    const second = await stage.run(slotsOf(b).acquire());
    expect(await stage.run(first.release())).toEqual({ outcome: 'released' });
    expect(await stage.run(second.release())).toEqual({ outcome: 'released' });
    const again = await stage.run(slotsOf(b).acquire());
    expect(again.number).toBe(second.number);
    expect(again.token).toBeGreaterThan(second.token);
    expect((await stage.run(slotsOf(c).acquire())).number).toBe(0);
  });

  test('are taken over from a process that died, with a larger token', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const slot = await stage.run(slotsOf(a, 1).acquire());
    a.die();
    const full = { code: 'slots-full' };
    await expect(stage.run(slotsOf(b, 1).acquire())).rejects.toMatchObject(full);
    await stage.advance(20_000);
    const taken = await stage.run(slotsOf(b, 1).acquire());
    expect(taken.number).toBe(0);
    expect(taken.token).toBeGreaterThan(slot.token);
  });

  test('live and end with a session that they are taken under', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const session = await stage.run(a.holdfast.session());
    const slot = await stage.run(slotsOf(a, 1).acquire({ under: session }));
    await stage.advance(60_000);
    expect(slot.signal.aborted).toBe(false);
    const full = { code: 'slots-full' };
    await expect(stage.run(slotsOf(b, 1).acquire())).rejects.toMatchObject(full);
    a.die();
    await stage.advance(60_000);
    expect((await stage.run(slotsOf(b, 1).acquire())).number).toBe(0);
  });

  test('are given up when the instance closes', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.run(slotsOf(a, 1).acquire());
    expect(await stage.run(a.holdfast.close())).toMatchObject({ released: 1, unreleased: [] });
    await expect(slotsOf(a, 1).acquire()).rejects.toMatchObject({ code: 'closed' });
    expect((await stage.run(slotsOf(b, 1).acquire())).number).toBe(0);
  });

  test.each([0, -1, 1.5, 65_537, '4'])('of a size of %s are refused', async (size) => {
    const [{ holdfast }] = await new Stage().actors('a');
    const make = () => naming.slots(holdfast, 'it', { size: size as number });
    expect(make).toThrow(/size: expected a whole number from 1 to 65536, got/);
  });
});

describe('which slots to try', () => {
  const time = { earliest: 1_000, latest: 1_010 };
  const wish = { size: 4, label: 'me', time, reservedBelow: 500 };
  const owner = (expiresAt: number | undefined, session?: string) => ({
    ...{ id: 'x', label: 'x', renewals: 1, leaseMs: 10, ownedSince: 1, expiresAt, session },
  });
  const row = (number: number, more: Partial<SlotRow> = {}): SlotRow => ({
    ...{ number, ownership: NO_ROW, lastLabel: undefined, reservedUntil: 0 },
    ...more,
  });

  test('the own one, then the free ones in order, and none that is reserved too far', () => {
    expect(slotsToTry([], wish)).toEqual([0, 1, 2, 3]);
    expect(slotsToTry([row(2, { lastLabel: 'me' })], wish)).toEqual([2, 0, 1, 3]);
    expect(slotsToTry([row(1, { reservedUntil: 500 })], wish)).toEqual([0, 2, 3]);
  });

  test('those whose lease is surely over, and only those', () => {
    const held = (expiresAt: number) => ({ ownership: { ...NO_ROW, owner: owner(expiresAt) } });
    const rows = [row(0, held(999)), row(1, held(1_000))];
    expect(slotsToTry(rows, wish)).toEqual([0, 2, 3]);
    expect(slotsToTry(rows, { ...wish, time: undefined })).toEqual([2, 3]);
    expect(slotsInDoubt(rows, wish)).toEqual([]);
  });

  test('those without an end of their own are in doubt', () => {
    const riding = { ownership: { ...NO_ROW, owner: owner(undefined, 'session') } };
    expect(slotsToTry([row(0, riding)], wish)).toEqual([1, 2, 3]);
    expect(slotsInDoubt([row(0, riding), row(9, riding)], wish)).toEqual([0]);
  });
});
