import { describe, expect, test } from 'vitest';
import { config } from '../../../lib/config/index.ts';
import { group } from '../../../lib/group/index.ts';
import { ids, names, sequence, slots } from '../../../lib/naming/index.ts';
import {
  barrier,
  doubleBarrier,
  latch,
  readWriteLock,
  semaphore,
} from '../../../lib/recipes/index.ts';
import type { Actor } from '../support/actor.ts';
import { Stage } from '../support/stage.ts';

/** A name with everything in it by which keys are put together. */
const NAME = 'it#lock#slot#00000';

/** Uses of all kinds of things that have names, each of which leaves rows behind. */
const KINDS = {
  lock: ({ holdfast }: Actor) => holdfast.lock(NAME).acquire(),
  election: ({ holdfast }: Actor) => holdfast.election(NAME).campaign('here'),
  semaphore: ({ holdfast }: Actor) => semaphore(holdfast, NAME, { permits: 2 }).acquire(),
  'read-write-lock': ({ holdfast }: Actor) => readWriteLock(holdfast, NAME).write.acquire(),
  latch: ({ holdfast }: Actor) => latch(holdfast, NAME, { count: 2 }).countDown('one'),
  barrier: ({ holdfast }: Actor) => gone(barrier(holdfast, NAME, { parties: 2 }).arrive(GOING)),
  'double barrier': ({ holdfast }: Actor) =>
    gone(doubleBarrier(holdfast, NAME, { parties: 2 }).enter(GOING)),
  sequence: ({ holdfast }: Actor) => sequence(holdfast, NAME).take(1),
  slots: ({ holdfast }: Actor) => slots(holdfast, NAME, { size: 2 }).acquire(),
  ids: ({ holdfast }: Actor) => ids(holdfast, NAME).ready(),
  names: ({ holdfast }: Actor) => names(holdfast, NAME).claim('lock', { owner: 'a' }),
  group: ({ holdfast }: Actor) => group(holdfast, NAME).join({ id: 'lock' }),
  config: ({ holdfast }: Actor) => config<string>(holdfast, NAME).publish('here'),
} as const;

const GOING = { id: 'one', timeoutMs: 100 };

/** Whoever comes alone goes again. */
function gone(meeting: Promise<unknown>): Promise<unknown> {
  return meeting.catch(() => undefined);
}

type Kind = keyof typeof KINDS;

const PAIRS = (Object.keys(KINDS) as Kind[]).flatMap((first) =>
  (Object.keys(KINDS) as Kind[])
    .filter((second) => second !== first)
    .map((second) => [first, second] as const),
);

describe('two kinds of things of one name', () => {
  test.each(PAIRS)('have nothing to do with each other: %s, then %s', async (first, second) => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.run(KINDS[first](a) as Promise<unknown>, 10_000);
    const before = stage.table.snapshot();
    await stage.run(KINDS[second](b) as Promise<unknown>, 10_000);
    const rows = stage.table.snapshot();
    const keyOf = ({ pk, sk }: (typeof rows)[number]) => JSON.stringify([pk, sk]);
    const after = new Map(rows.map((row) => [keyOf(row), row]));
    expect(before.map((row) => after.get(keyOf(row)))).toEqual(before);
    expect(rows.length).toBeGreaterThan(before.length);
  });
});
