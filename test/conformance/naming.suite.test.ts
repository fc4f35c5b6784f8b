import { expect } from 'vitest';
import type { Holdfast } from '../../lib/index.ts';
import { ids, names, sequence, slots } from '../../lib/naming/index.ts';
import { playOnEvery } from './plays.ts';

async function countTogether(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const taking = [a, b].map((each) => sequence(each, name).take(200));
  const numbers = (await Promise.all(taking)).flat();
  expect(new Set(numbers).size).toBe(400);
  expect(Math.max(...numbers)).toBeLessThan(2_000);
}

async function shareSlots(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const [ours, theirs] = [a, b].map((each) => slots(each, name, { size: 2 }));
  if (ours === undefined || theirs === undefined) throw new Error('two processes');
  const first = await ours.acquire();
  const second = await theirs.acquire();
  expect([first.number, second.number]).toEqual([0, 1]);
  await expect(theirs.acquire()).rejects.toMatchObject({ code: 'slots-full' });
  expect(await ours.holders()).toMatchObject([{ number: 0 }, { number: 1 }]);
  expect(await second.release()).toEqual({ outcome: 'released' });
  expect((await theirs.acquire()).number).toBe(1);
}

async function makeIds(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const makers = [a, b].map((each) => ids(each, name));
  await Promise.all(makers.map((maker) => maker.ready()));
  const made = makers.flatMap((maker) => Array.from({ length: 10_000 }, () => maker.next()));
  expect(new Set(made).size).toBe(20_000);
  const other = ids(b, name, { as: 'number' });
  await expect(other.ready()).rejects.toMatchObject({ code: 'layout-mismatch' });
}

async function giveNames(a: Holdfast, b: Holdfast, name: string): Promise<void> {
  const [ours, theirs] = [names(a, name), names(b, name)];
  await ours.claim('Ada', { owner: 'a', leaseMs: 60_000 });
  const taken = { code: 'name-taken' };
  await expect(theirs.claim('ADA', { owner: 'b' })).rejects.toMatchObject(taken);
  await ours.rename('ada', 'Ada L', { owner: 'a', holdMs: 60_000 });
  await expect(theirs.claim('ADA', { owner: 'b' })).rejects.toMatchObject(taken);
  const listed: string[] = [];
  for await (const entry of theirs.list()) listed.push(entry.name);
  expect(listed).toEqual(['Ada L']);
  expect(await ours.release('ada l', { owner: 'a' })).toBe(true);
  expect(await theirs.claim('Ada L', { owner: 'b' })).toMatchObject({ owner: 'b' });
}

playOnEvery('naming', [
  ['a sequence gives two clients different numbers', countTogether, 'date header'],
  ['slots are held, counted and given back', shareSlots, 'date header'],
  ['ids of two clients differ, and have one layout', makeIds, 'date header'],
  ['a name is claimed, changed, kept and listed', giveNames, 'date header'],
]);
