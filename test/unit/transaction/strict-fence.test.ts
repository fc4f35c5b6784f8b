import { describe, expect, test } from 'vitest';
import { sleep } from '../../../lib/core/clock.ts';
import { semaphore } from '../../../lib/recipes/index.ts';
import type { StrictFence } from '../../../lib/transaction/index.ts';
import { guarantee } from '../../planted/control.ts';
import type { Library } from '../../planted/load.ts';
import type { TransactionClient } from '../../sim/transactions/world.ts';
import {
  decides,
  endingOf,
  given,
  ITEMS,
  one,
  rawItem,
  readValue,
  setting,
  stage,
} from './stage.ts';

type Hold = StrictFence['hold'] & { release(): Promise<unknown> };
/** How the hold of `a` ends while its transaction is about to be decided. */
type Ending = (a: TransactionClient, b: TransactionClient, hold: Hold) => Promise<unknown>;

interface Scene {
  readonly strict: boolean;
  readonly ending: Ending;
  readonly take?: (a: TransactionClient) => Promise<Hold>;
}

/** Everything is locked and validated when the hold ends, and only then the decision is sent. */
async function play(library: Library | undefined, { strict, ending, take }: Scene) {
  const world = stage(library);
  const [a, b] = [world.start('a'), world.start('b')];
  await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
  const hold = await world.run((take ?? ((it) => it.holdfast.lock('items').acquire()))(a));
  const ledger: unknown[] = [];
  const run = async () => {
    await ending(a, b, hold);
    // What the next holder sees is what it goes by, inside and outside of transactions.
    ledger.push(rawItem(world, 'x')?.value);
  };
  a.network.interpose({ on: 'write', when: 'before', matches: decides, run });
  const fence = { hold, strict };
  const late = await world.run(endingOf(setting(a, { x: 1, y: 1 }, { fence, ...one })), 120_000);
  const value = await world.run(readValue(b, 'x'));
  return { world, a, b, ending: late, value, seen: ledger[0] };
}

const isRefused = ({ ending, value }: Awaited<ReturnType<typeof play>>) =>
  (ending === 'fence-lost' || ending === 'transaction-conflict') && value === 0;

/** The holder stands still until its lease is over. */
async function steal(a: TransactionClient, b: TransactionClient): Promise<void> {
  a.clock.pause();
  const lock = b.holdfast.lock('items');
  while (!(await lock.tryAcquire()).acquired) await sleep(b.clock, 500);
  a.clock.resume('timers-first');
}

async function handOver(_: TransactionClient, b: TransactionClient, hold: Hold): Promise<void> {
  const next = b.holdfast.lock('items').acquire();
  await sleep(b.clock, 500);
  await hold.release();
  await next;
}

async function release(_: TransactionClient, b: TransactionClient, hold: Hold): Promise<void> {
  await hold.release();
  await b.holdfast.lock('items').acquire();
}

const strict = true;

guarantee(
  'a strict fence: a thief ends the transaction before it has the lock',
  { without: ['strict-fence-not-locked', 'steal-passes-locks', 'row-lock-removed-unresolved'] },
  async (library) => isRefused(await play(library, { strict, ending: steal })),
);

guarantee(
  'a strict fence: a release ends the transaction first',
  { without: 'release-passes-locks' },
  async (library) => isRefused(await play(library, { strict, ending: release })),
);

guarantee(
  'a strict fence: a hand-over ends the transaction first',
  { without: 'hand-over-passes-locks' },
  async (library) => isRefused(await play(library, { strict, ending: handOver })),
);

describe('a strict fence', () => {
  test('lets the transaction commit under a hold that lasts', async () => {
    const world = stage();
    const a = world.start('a');
    const hold = await world.run(a.holdfast.lock('items').acquire());
    const fence = { hold, strict };
    await world.run(setting(a, { x: 1, y: 1 }, { fence }));
    await world.run(a.transactions.transact(() => 0, { fence }));
    expect(await world.run(readValue(a, 'x'))).toBe(1);
    expect(await world.run(hold.release())).toEqual({ outcome: 'released' });
    expect(world.leftovers()).toEqual([]);
    await expect(world.run(setting(a, { x: 2 }, { fence }))).rejects.toMatchObject({
      code: 'fence-lost',
    });
  });

  test('holds for what is held under a session, which others must kill first', async () => {
    const take = async ({ holdfast }: TransactionClient) =>
      holdfast.lock('items').acquire({ under: await holdfast.session() });
    const played = await play(undefined, { strict, ending: steal, take });
    expect(isRefused(played)).toBe(true);
  });

  test('holds for permits, which nobody takes from the dead before', async () => {
    const pool = ({ holdfast }: TransactionClient) => semaphore(holdfast, 'items', { permits: 1 });
    const ending = async (a: TransactionClient, b: TransactionClient) => {
      a.clock.pause();
      await pool(b).acquire();
      a.clock.resume('timers-first');
    };
    const played = await play(undefined, { strict, ending, take: (a) => pool(a).acquire() });
    expect(isRefused(played)).toBe(true);
  });

  test('holds for a leadership that is passed on', async () => {
    const take = async ({ holdfast }: TransactionClient) => {
      const leadership = await holdfast.election('items').campaign('a');
      return Object.assign(leadership, { release: () => leadership.resign() });
    };
    const ending = async (_: TransactionClient, b: TransactionClient, hold: Hold) => {
      await hold.release();
      await b.holdfast.election('items').campaign('b');
    };
    const played = await play(undefined, { strict, ending, take });
    expect(isRefused(played)).toBe(true);
  });

  test('is kept by a process that died, until others have ended what it left', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    const hold = await world.run(a.holdfast.lock('items').acquire());
    a.network.onNextWrite('crash-before', decides);
    void endingOf(setting(a, { x: 1, y: 1 }, { fence: { hold, strict } }));
    await world.clock.advance(1_000);
    const next = await world.run(b.holdfast.lock('items').acquire());
    await world.run(b.transactions.sweep());
    expect([next.token > hold.token, world.leftovers()]).toEqual([true, []]);
    expect(await world.run(readValue(b, 'x'))).toBeUndefined();
  });

  test('is carried out by the next holder when it was decided', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }));
    const hold = await world.run(a.holdfast.lock('items').acquire());
    a.network.onNextWrite('crash-after', decides);
    void endingOf(setting(a, { x: 1 }, { fence: { hold, strict } }));
    await world.clock.advance(1_000);
    await world.run(b.holdfast.lock('items').acquire());
    expect(await world.run(readValue(b, 'x'))).toBe(1);
  });

  test('lets beats and waiters pass while it commits', async () => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const hold = await world.run(a.holdfast.lock('items').acquire());
    let next: Promise<unknown> | undefined;
    const run = async () => {
      next = b.holdfast.lock('items').acquire();
      await sleep(b.clock, 3 * hold.remainingMs());
    };
    a.network.interpose({ on: 'write', when: 'before', matches: decides, run });
    const fence = { hold, strict };
    await world.run(setting(a, { x: 1, y: 1 }, { fence, ...one }), 120_000);
    expect(hold.remainingMs()).toBeGreaterThan(0);
    await world.run(hold.release());
    await world.run(Promise.resolve(next));
    expect(await world.run(readValue(b, 'x'))).toBe(1);
  });
});

describe('a fence that is not strict', () => {
  test('orders a transaction that is decided late before the grant that came between', async () => {
    const { ending, value, seen } = await play(undefined, { strict: false, ending: steal });
    // Committed, since it was validated before: so outside of transactions it is not enough.
    expect([typeof ending, value, seen]).toEqual(['object', 1, { N: '0' }]);
  });

  test('does not let it commit after one under the next grant has met its items', async () => {
    const overtake: Ending = async (a, b) => {
      a.clock.pause();
      const fence = await b.holdfast.lock('items').acquire();
      await setting(b, { x: 2 }, { fence });
      a.clock.resume('timers-first');
    };
    const { ending, value } = await play(undefined, { strict: false, ending: overtake });
    expect([ending, value]).toEqual(['transaction-conflict', 2]);
  });
});

test.each([
  [{ strict: true }],
  [{ hold: {}, strict: true }],
  [{ hold: { guard: () => undefined }, strict: 'yes' }],
  [null],
])('a fence is a hold, or says whether it is strict: %o', async (fence) => {
  const { transactions } = stage().start('a');
  const options = { fence: fence as unknown as StrictFence };
  await expect(transactions.transact((tx) => tx.put(ITEMS, { id: 'x' }), options)).rejects.toThrow(
    /fence.*: expected/,
  );
});
