import { guarantee } from '../../planted/control.ts';
import {
  decides,
  endingOf,
  given,
  ITEMS,
  isOf,
  locks,
  one,
  rawItem,
  readValue,
  setting,
  stage,
  unlocks,
} from './stage.ts';

guarantee(
  'a transaction: what it only read is still true when it commits',
  { without: 'transaction-reads-not-validated' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const work = a.transactions.transact(async (tx) => {
      await tx.get(ITEMS, { id: 'x' });
      await setting(b, { x: 1 });
      tx.update(ITEMS, { id: 'y' }, { set: { value: 1 } });
    }, one);
    return (await world.run(endingOf(work))) === 'transaction-conflict';
  },
);

guarantee(
  'a transaction: of two that each read what the other writes, one gives way',
  { without: 'transaction-validates-before-locks' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const copy = (client: typeof a, from: string, to: string) =>
      client.transactions.transact(async (tx) => {
        const item = await tx.get(ITEMS, { id: from });
        tx.update(ITEMS, { id: to }, { set: { value: Number(item?.value) + 1 } });
      }, one);
    const run = () => copy(b, 'y', 'x');
    a.network.interpose({ on: 'write', when: 'before', matches: locks('y'), run });
    return (await world.run(endingOf(copy(a, 'x', 'y')))) === 'transaction-conflict';
  },
);

guarantee(
  'a transaction: a read that another has locked and decided about is not true any more',
  { without: 'transaction-validation-ignores-locks' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const reads = a.transactions.transact(async (tx) => {
      await tx.get(ITEMS, { id: 'x' });
      const unblock = b.network.block(unlocks('x'));
      await setting(b, { x: 1, z: 1 }, { acknowledge: 'decided' });
      tx.update(ITEMS, { id: 'y' }, { set: { value: 1 } });
      a.clock.startTimer(2_000, unblock);
    }, one);
    const ending = await world.run(endingOf(reads));
    return ending === 'transaction-conflict';
  },
);

guarantee(
  'a transaction: no update of another is lost',
  { without: 'transaction-lock-ignores-version' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const add = (client: typeof a, between: () => Promise<unknown>) =>
      client.transactions.transact(async (tx) => {
        const [x, y] = await tx.getAll([
          [ITEMS, { id: 'x' }],
          [ITEMS, { id: 'y' }],
        ]);
        if (tx.attempt === 1) await between();
        tx.update(ITEMS, { id: 'x' }, { set: { value: Number(x?.value) + 1 } });
        tx.update(ITEMS, { id: 'y' }, { set: { value: Number(y?.value) + 1 } });
      });
    await world.run(add(a, () => add(b, async () => undefined)));
    return (await world.run(readValue(a, 'x'))) === 2;
  },
);

guarantee(
  'a transaction: sees what a program outside has changed without a version',
  { without: 'transaction-content-unchecked' },
  async (library) => {
    const world = stage(library);
    const a = world.start('a');
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const outside = { table: ITEMS, key: { id: { S: 'x' } }, set: { value: { N: '5' } } };
    const work = a.transactions.transact(async (tx) => {
      const x = await tx.get(ITEMS, { id: 'x' });
      if (tx.attempt === 1) await world.memory.write({ kind: 'update', ...outside });
      tx.update(ITEMS, { id: 'x' }, { set: { value: Number(x?.value) + 1 } });
      tx.update(ITEMS, { id: 'y' }, { set: { value: 1 } });
    });
    await world.run(work);
    return (await world.run(readValue(a, 'x'))) === 6;
  },
);

guarantee(
  'a transaction: two keys that were never absent together are not found so',
  { without: 'transaction-absences-unpinned' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    const come = (id: string) => b.transactions.transact((tx) => tx.put(ITEMS, { id }));
    const go = (id: string) => b.transactions.transact((tx) => tx.delete(ITEMS, { id }));
    await world.run(come('z'));
    const work = a.transactions.transact(async (tx) => {
      const x = await tx.get(ITEMS, { id: 'x' });
      await come('x');
      await go('z');
      const z = await tx.get(ITEMS, { id: 'z' });
      await come('z');
      await go('x');
      const run = async () => {
        await come('x');
        await go('z');
      };
      a.network.interpose({ on: 'get', when: 'after', matches: isOf('x'), run });
      return [x, z];
    }, one);
    return (await world.run(endingOf(work))) === 'transaction-conflict';
  },
);

guarantee(
  'a transaction: absent before and after is not absent all the time',
  { without: 'transaction-absence-validated-last' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'y', value: 0 }));
    const change = (isThere: boolean, value: number) =>
      b.transactions.transact((tx) => {
        if (isThere) tx.put(ITEMS, { id: 'x' });
        else tx.delete(ITEMS, { id: 'x' });
        tx.update(ITEMS, { id: 'y' }, { set: { value } });
      });
    const work = a.transactions.transact(async (tx) => {
      await tx.get(ITEMS, { id: 'x' });
      await change(true, 1);
      await tx.get(ITEMS, { id: 'y' });
      const run = () => change(false, 2);
      a.network.interpose({ on: 'get', when: 'after', matches: isOf('y'), run });
    }, one);
    return (await world.run(endingOf(work))) === 'transaction-conflict';
  },
);

guarantee(
  'a transaction: a single read does not overlook one that is acknowledged before its own end',
  { without: 'transaction-pending-read-returned' },
  async (library) => {
    const world = stage(library);
    const [a, b, c] = [world.start('a'), world.start('b'), world.start('c')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'z', value: 0 }));
    let seen: Promise<unknown> | undefined;
    const run = async () => {
      // Follows a in every order, for it replaces what a has read; and is over before c begins.
      await setting(b, { z: 1 });
      seen = readValue(c, 'x');
      await Promise.race([seen, new Promise((done) => world.clock.startTimer(200, () => done(0)))]);
    };
    a.network.interpose({ on: 'write', when: 'before', matches: decides, run });
    const work = a.transactions.transact(async (tx) => {
      const z = await tx.get(ITEMS, { id: 'z' });
      tx.update(ITEMS, { id: 'x' }, { set: { value: Number(z?.value) + 10 } });
    }, one);
    const ending = await world.run(endingOf(work));
    const isCommitted = typeof ending === 'object';
    return !(isCommitted && (await world.run(seen ?? Promise.resolve())) === 0);
  },
);

guarantee(
  'a transaction: nothing comes into a range that it has counted',
  { without: 'transaction-query-not-validated' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    const enter = (client: typeof a, between: () => Promise<unknown>) =>
      client.transactions.transact(async (tx) => {
        const present = await tx.query(ITEMS, { partition: 'x' });
        await between();
        if (present.length === 0) tx.put(ITEMS, { id: 'x', value: client.name });
        else tx.put(ITEMS, { id: `${client.name}-was-late` });
      }, one);
    const late = enter(a, () => enter(b, async () => undefined));
    await world.run(endingOf(late));
    const x = await world.run(readValue(a, 'x'));
    return x === 'b';
  },
);

guarantee(
  'a transaction: a key that was locked and stays absent has no item afterwards',
  { without: 'transaction-stub-left' },
  async (library) => {
    const world = stage(library);
    const a = world.start('a');
    const absent = ['x', 'y', 'z'].map((id) => [ITEMS, { id }] as const);
    await world.run(a.transactions.read(absent));
    return ['x', 'y', 'z'].every((id) => rawItem(world, id) === undefined);
  },
);
