import { sleep } from '../../../lib/core/clock.ts';
import { guarantee } from '../../planted/control.ts';
import type { TransactionClient, TransactionLibrary } from '../../sim/transactions/world.ts';
import { TransactionWorld } from '../../sim/transactions/world.ts';
import {
  decides,
  endingOf,
  given,
  ITEMS,
  isOf,
  one,
  rawItem,
  readValue,
  setsValue,
  setting,
} from './stage.ts';

function mixedStage(library?: TransactionLibrary): TransactionWorld {
  const tables = { [ITEMS]: ['id'] } as const;
  return new TransactionWorld({ seed: 1, tables, library, requestTimeoutMs: 2_000, mode: 'mixed' });
}

/** Inserts both, in one native request. */
function inserting(client: TransactionClient, options = {}) {
  return client.transactions.transact(async (tx) => {
    await tx.insert(ITEMS, { id: 'x', value: 1 });
    await tx.insert(ITEMS, { id: 'y', value: 1 });
  }, options);
}

function deleting(client: TransactionClient, ...ids: readonly string[]) {
  return client.transactions.transact((tx) => {
    for (const id of ids) tx.delete(ITEMS, { id });
  });
}

/** Lets a native request be half committed for so long: `x` is, `y` is not. */
function halve(world: TransactionWorld, longMs: number): void {
  world.beforeCommitOf = async ({ key }) => {
    if (JSON.stringify(key.id) === '{"S":"y"}') await sleep(world.clock, longMs);
  };
}

guarantee(
  'a native request: nobody sees half of it',
  { without: 'native-validates-by-plain-reads' },
  async (library) => {
    const world = mixedStage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    await world.run(readValue(b, 'x'));
    halve(world, 300);
    const writing = setting(a, { x: 1, y: 1 });
    await world.clock.advance(100);
    const seen = b.transactions.transact(async (tx) => {
      const x = await tx.get(ITEMS, { id: 'x' });
      const y = await tx.get(ITEMS, { id: 'y' });
      return [x?.value, y?.value];
    });
    const { value, attempts } = await world.run(seen);
    await world.run(writing);
    // It has met the half, and did not take it for the whole.
    return value.join() === '1,1' && attempts > 1;
  },
);

guarantee(
  'a native request: a single read does not run ahead of the rest of it',
  { without: 'native-single-read-trusted' },
  async (library) => {
    const world = mixedStage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    halve(world, 300);
    const writing = setting(a, { x: 1, y: 1 });
    await world.clock.advance(100);
    const get = (id: string) =>
      b.transactions.transact(async (tx) => (await tx.get(ITEMS, { id }))?.value);
    const values = [(await world.run(get('x'))).value, (await world.run(get('y'))).value];
    await world.run(writing);
    return values.join() === '1,1';
  },
);

guarantee(
  'the mode of transactions: two programs have the same',
  { without: ['native-mode-not-stored', 'native-mode-not-compared'] },
  async (library) => {
    const world = mixedStage(library);
    const [a, b] = [world.start('a'), world.start('b', undefined, 'portable')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    return (await world.run(endingOf(setting(b, { x: 1, y: 1 })))) === 'mode-mismatch';
  },
);

guarantee(
  'a native request: takes effect once, although it is sent again',
  { without: 'native-token-renewed' },
  async (library) => {
    const world = mixedStage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    a.network.onNextWrite('answer-lost', isOf('x'));
    const work = inserting(a);
    await world.clock.advance(1_000);
    await world.run(deleting(b, 'x', 'y'));
    const ending = await world.run(endingOf(work));
    return typeof ending === 'object' && rawItem(world, 'x') === undefined;
  },
);

guarantee(
  'a native request: is not sent again when its token may be forgotten',
  { without: 'native-resends-too-late' },
  async (library) => {
    const world = mixedStage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    a.network.onNextWrite('answer-lost', isOf('x'));
    const work = endingOf(inserting(a));
    await world.clock.advance(1_000);
    a.clock.pause();
    await world.run(deleting(b, 'x', 'y'));
    await world.clock.advance(11 * 60_000);
    world.memory.forgetTokens();
    a.clock.resume('timers-first');
    return (await world.run(work)) === 'outcome-unknown' && rawItem(world, 'x') === undefined;
  },
);

guarantee(
  'a native request: is not given up as refused while an earlier one is under way',
  { without: 'native-doubt-is-conflict' },
  async (library) => {
    const world = mixedStage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(readValue(b, 'x'));
    const release = a.network.hold(isOf('y'));
    const work = endingOf(inserting(a, one));
    await world.clock.advance(1_000);
    await world.run(setting(b, { x: 5 }));
    const ending = await world.run(work);
    await world.run(deleting(b, 'x'));
    await release();
    const hasHappened = rawItem(world, 'y') !== undefined;
    return hasHappened && ending === 'outcome-unknown';
  },
);

/** Adds one to x, and reads three others. */
function adding(client: TransactionClient, options = {}) {
  return client.transactions.transact(async (tx) => {
    const keys = ['x', 'p', 'q', 'r'].map((id) => [ITEMS, { id }] as const);
    const [x] = await tx.getAll(keys);
    tx.update(ITEMS, { id: 'x' }, { set: { value: Number(x?.value) + 1 } });
  }, options);
}

const FOUR = ['x', 'p', 'q', 'r'].map((id) => ({ id, value: 0 }));

guarantee(
  'a native request: respects the locks of those who take none',
  { without: 'native-write-ignores-locks' },
  async (library) => {
    const world = mixedStage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, ...FOUR));
    let other: Promise<unknown> | undefined;
    const run = async () => {
      other = adding(b);
      await sleep(world.clock, 100);
    };
    a.network.interpose({ on: 'write', when: 'before', matches: decides, run });
    await world.run(adding(a, { prefer: 'cost' }));
    await world.run(other ?? Promise.reject(new Error('it did not come about')));
    const value = await world.run(readValue(b, 'x'));
    return value === 2 && world.tables.broken.length === 0;
  },
);

guarantee(
  'a native request: what it only read is still true when it takes effect',
  { without: 'native-reads-unchecked' },
  async (library) => {
    const world = mixedStage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const work = a.transactions.transact(async (tx) => {
      await tx.get(ITEMS, { id: 'x' });
      await setting(b, { x: 1 });
      tx.put(ITEMS, { id: 'z' });
    }, one);
    return (await world.run(endingOf(work))) === 'transaction-conflict';
  },
);

guarantee(
  'a native request: takes effect only under the hold that fences it',
  { without: 'native-fence-unchecked' },
  async (library) => {
    const world = mixedStage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const fence = await world.run(a.holdfast.lock('items').acquire());
    const run = async () => {
      await fence.release();
      await b.holdfast.lock('items').acquire();
    };
    const matches = setsValue('x');
    a.network.interpose({ on: 'transact-write', when: 'before', matches, run });
    const ending = await world.run(endingOf(setting(a, { x: 1, y: 1 }, { fence })));
    return ending === 'fence-lost' && (await world.run(readValue(b, 'x'))) === 0;
  },
);

guarantee(
  'a native request: is not for items that programs outside write without a version',
  { without: 'native-content-unchecked' },
  async (library) => {
    const world = mixedStage(library);
    const a = world.start('a');
    const at = { table: ITEMS, key: { id: { S: 'x' } } };
    const outside = (value: number) => {
      const item = { ...at.key, value: { N: `${value}` } };
      return world.memory.write({ kind: 'put', ...at, item });
    };
    await world.run(outside(0));
    const work = a.transactions.transact(async (tx) => {
      const x = await tx.get(ITEMS, { id: 'x' });
      if (tx.attempt === 1) await outside(5);
      tx.update(ITEMS, { id: 'x' }, { set: { value: Number(x?.value) + 1 } });
      tx.put(ITEMS, { id: 'y' });
    });
    await world.run(work);
    return (await world.run(readValue(a, 'x'))) === 6;
  },
);
