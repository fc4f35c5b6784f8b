import { expect, test } from 'vitest';
import { guarantee } from '../../planted/control.ts';
import type { ItemFault } from '../../sim/transactions/item-network.ts';
import type { TransactionClient, TransactionWorld } from '../../sim/transactions/world.ts';
import {
  creates,
  decides,
  endingOf,
  forget,
  given,
  ITEMS,
  locks,
  one,
  rawItem,
  readValue,
  removesRecord,
  setsValue,
  setting,
  stage,
  unlocks,
} from './stage.ts';

guarantee(
  'a decision: what is carried out late changes nothing any more',
  { without: 'transaction-applies-without-its-lock' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const release = a.network.hold(setsValue('x'));
    await world.run(setting(a, { x: 1, y: 1 }));
    await world.run(setting(b, { x: 2 }));
    await release();
    return (await world.run(readValue(b, 'x'))) === 2;
  },
);

guarantee(
  'a decision: outlives its process, half carried out',
  { without: 'transaction-record-removed-first' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    a.network.onNextWrite('crash-before', unlocks('y'));
    void endingOf(setting(a, { x: 1, y: 1 }));
    await world.clock.advance(5_000);
    const values = await world.run(Promise.all([readValue(b, 'x'), readValue(b, 'y')]));
    return values.join() === '1,1';
  },
);

guarantee(
  'a lock without a record: the item is read again',
  { without: 'transaction-dead-lock-item-trusted' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    // The item as it was under the lock, and the record when all is over.
    const unblock = a.network.block(unlocks('x'));
    const work = setting(a, { x: 1, y: 1 });
    const looks = async () => {
      unblock();
      await work;
    };
    b.network.interpose({ on: 'get', when: 'after', matches: isRawRead('x'), run: looks });
    await world.clock.advance(300);
    return (await world.run(readValue(b, 'x'))) === 1;
  },
);

guarantee(
  'a lock that arrives late is not the one that was decided about',
  { without: 'transaction-lock-attempts-alike' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'y', value: 0 }));
    const release = a.network.hold(locks('x'));
    // It dies with its decision made and its record still there.
    a.network.onNextWrite('crash-before', removesRecord);
    void endingOf(setting(a, { x: 1, y: 1 }));
    await world.clock.advance(10_000);
    await world.run(b.transactions.transact((tx) => tx.delete(ITEMS, { id: 'x' })));
    await release();
    return (await world.run(readValue(b, 'x'))) === undefined && rawItem(world, 'x') === undefined;
  },
);

/** A record that comes into being again when everything about it is over and forgotten. */
async function resurrect(world: TransactionWorld, a: TransactionClient, b: TransactionClient) {
  const release = a.network.hold(creates);
  const run = async () => {
    a.clock.pause();
    await forget(world, b);
    await release();
    a.clock.resume('timers-first');
  };
  return run;
}

guarantee(
  'a record that a late duplicate brings back is never decided',
  { without: 'transaction-decides-any-record' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const run = await resurrect(world, a, b);
    a.network.interpose({ on: 'write', when: 'before', matches: decides, run });
    await world.run(endingOf(setting(a, { x: 1, y: 1 }, one)), 2 * 86_400_000);
    return world.tables.broken.length === 0;
  },
);

guarantee(
  'a record that a late duplicate brings back says nothing of the one before',
  { without: 'transaction-verdict-of-any-record' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const back = await resurrect(world, a, b);
    const run = async () => {
      await back();
      a.clock.pause();
      await b.transactions.sweep();
      a.clock.resume('timers-first');
    };
    a.network.interpose({ on: 'write', when: 'after', matches: decides, run });
    const work = a.transactions.transact(async (tx) => {
      const [x, y] = await tx.getAll([
        [ITEMS, { id: 'x' }],
        [ITEMS, { id: 'y' }],
      ]);
      tx.update(ITEMS, { id: 'x' }, { set: { value: Number(x?.value) + 1 } });
      tx.update(ITEMS, { id: 'y' }, { set: { value: Number(y?.value) + 1 } });
    });
    const ending = await world.run(endingOf(work), 3 * 86_400_000);
    return ending === 'outcome-unknown' && (await world.run(readValue(b, 'x'))) === 1;
  },
);

guarantee(
  'a long commit: shows signs of life, and nobody ends it for its age',
  { without: 'transaction-ends-while-it-beats' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const unblock = a.network.block(locks('y'));
    const long = setting(a, { x: 1, y: 1 }, one);
    await world.clock.advance(1_200);
    const next = setting(b, { x: 2 });
    await world.clock.advance(1_700);
    unblock();
    const ending = await world.run(endingOf(long));
    await world.run(next);
    return typeof ending === 'object';
  },
);

const FAULTS: readonly ItemFault[] = [
  'throttled',
  'dropped',
  'answer-lost',
  'error-after',
  'late',
  'crash-before',
  'crash-after',
];

/** Create, two locks, decide, two times carrying out, remove. */
const WRITES = 7;

test.each(FAULTS)('a transaction is whole or nothing if a write of it is %s', async (fault) => {
  for (let index = 0; index < WRITES; index += 1) {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }, { id: 'z', value: 0 }));
    let seen = -1;
    a.network.onNextWrite(fault, () => {
      seen += 1;
      return seen === index;
    });
    const work = a.transactions.transact(async (tx) => {
      await tx.get(ITEMS, { id: 'z' });
      tx.update(ITEMS, { id: 'x' }, { set: { value: 1 } });
      tx.update(ITEMS, { id: 'y' }, { set: { value: 1 } });
    });
    let ending: unknown = 'died';
    void endingOf(work).then((value) => {
      ending = value;
    });
    await world.clock.advance(10_000);
    expect(world.faults[fault], `write ${index}`).toBe(1);
    const [x, y] = await world.run(Promise.all([readValue(b, 'x'), readValue(b, 'y')]));
    expect(x).toBe(y);
    if (!fault.startsWith('crash')) expect([ending, x]).toEqual([expect.any(Object), 1]);
    // What comes after is not hindered.
    await world.run(setting(b, { x: 5, y: 5 }));
    await world.run(b.transactions.sweep());
    expect(world.leftovers()).toEqual([]);
    expect(world.tables.broken).toEqual([]);
    expect(await world.run(readValue(b, 'x'))).toBe(5);
  }
});

test('a lock that arrives late is removed by whoever meets it', async () => {
  const world = stage();
  const [a, b] = [world.start('a'), world.start('b')];
  await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
  const release = a.network.hold(locks('x'));
  a.network.onNextWrite('crash-before', locks('y'));
  void endingOf(setting(a, { x: 1, y: 1 }));
  await world.clock.advance(1_000);
  await world.run(b.transactions.sweep());
  await release();
  expect(world.leftovers()).toHaveLength(1);
  expect(await world.run(readValue(b, 'x'))).toBe(0);
  expect(world.leftovers()).toEqual([]);
});

test('helpers that die change nothing about a decision', async () => {
  const world = stage();
  const [a, b, c] = [world.start('a'), world.start('b'), world.start('c')];
  await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
  a.network.onNextWrite('crash-before', unlocks('x'));
  void endingOf(setting(a, { x: 1, y: 1 }));
  await world.clock.advance(1_000);
  b.network.onNextWrite('crash-after', unlocks('x'));
  void endingOf(readValue(b, 'x'));
  await world.clock.advance(1_000);
  expect(await world.run(Promise.all([readValue(c, 'x'), readValue(c, 'y')]))).toEqual([1, 1]);
});

test('what is decided and cannot be written for now is read from its record', async () => {
  const world = stage();
  const [a, b] = [world.start('a'), world.start('b')];
  await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
  a.network.onNextWrite('crash-before', unlocks('x'));
  void endingOf(setting(a, { x: 1, y: 1 }));
  await world.clock.advance(1_000);
  const unblock = b.network.block(unlocks('x'));
  expect(await world.run(readValue(b, 'x'))).toBe(1);
  expect(rawItem(world, 'x')?.value).toEqual({ N: '0' });
  unblock();
  expect(await world.run(readValue(b, 'x'))).toBe(1);
  expect(rawItem(world, 'x')?.value).toEqual({ N: '1' });
});

function isRawRead(id: string) {
  return ({ table, key }: { table: string; key: Readonly<Record<string, unknown>> }) =>
    table === ITEMS && JSON.stringify(key.id) === JSON.stringify({ S: id });
}
