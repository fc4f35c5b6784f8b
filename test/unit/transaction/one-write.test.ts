import { guarantee } from '../../planted/control.ts';
import type { TransactionClient } from '../../sim/transactions/world.ts';
import { endingOf, given, ITEMS, locks, one, readValue, setsValue, stage } from './stage.ts';

guarantee(
  'a single write: happens once, whatever becomes of its answer',
  { without: ['transaction-unanswered-write-is-conflict', 'transaction-one-write-version-unread'] },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const add = (client: TransactionClient, id: string) =>
      client.transactions.transact(async (tx) => {
        const item = await tx.get(ITEMS, { id });
        tx.update(ITEMS, { id }, { set: { value: Number(item?.value) + 1 } });
      });
    // The answer is lost; and once, somebody has gone on from there before it is missed.
    a.network.onNextWrite('answer-lost');
    await world.run(add(a, 'y'));
    a.network.onNextWrite('answer-lost');
    const late = add(a, 'x');
    await world.clock.advance(1_000);
    await world.run(add(b, 'x'));
    await world.run(late);
    const values = await world.run(Promise.all([readValue(b, 'x'), readValue(b, 'y')]));
    return values.join() === '2,1';
  },
);

guarantee(
  'a single write: is not called refused while it may still arrive',
  { without: 'transaction-one-write-gives-way-in-doubt' },
  async (library) => {
    const world = stage(library);
    const [a, b, c] = [world.start('a'), world.start('b'), world.start('c')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    let goOn = () => {};
    const going = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const unblock = c.network.block(locks('y'));
    const older = c.transactions.transact(async (tx) => {
      await tx.getAll(['x', 'y'].map((id) => [ITEMS, { id }] as const));
      await going;
      for (const id of ['x', 'y']) tx.update(ITEMS, { id }, { set: { value: 7 } });
    }, one);
    void endingOf(older);
    await world.clock.advance(3_000);
    const release = a.network.hold(setsValue('x'));
    const work = a.transactions.transact(async (tx) => {
      await tx.get(ITEMS, { id: 'x' });
      goOn();
      await new Promise<void>((resolve) => a.clock.startTimer(200, resolve));
      tx.update(ITEMS, { id: 'x' }, { set: { value: 1 } });
    }, one);
    const ending = await world.run(endingOf(work));
    // The older one dies without an effect, and then the write comes.
    c.clock.stop();
    unblock();
    await world.run(b.transactions.sweep());
    await release();
    const value = await world.run(readValue(b, 'x'));
    return value === 1 && ending === 'outcome-unknown';
  },
);
