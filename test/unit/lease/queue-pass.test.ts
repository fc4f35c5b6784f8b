import { guarantee } from '../../planted/control.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'a pass between waiters of one process that never arrived is sent again',
  { without: 'pass-unknown-treated-as-applied' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    const next = stage.wait(a);
    await stage.clock.settle();
    a.network.onNextWrite({ kind: 'drop' }, named('pass'));
    void hold.release();
    return (await stage.granted(next, 5_000)) !== undefined;
  },
);

guarantee(
  'a pass that was applied without an answer reaches its waiter',
  { without: 'passed-id-forgotten' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    const next = stage.wait(a);
    await stage.clock.settle();
    a.network.onNextWrite({ kind: 'lose-answer' }, named('pass'));
    void hold.release();
    return (await stage.granted(next, 5_000)) !== undefined;
  },
);

guarantee(
  'a pass that arrives twice takes nothing from the next owner',
  { without: 'pass-without-owner-check' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    const next = stage.wait(a);
    await stage.clock.settle();
    const other = await stage.joins(b);
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 1_000 }, named('pass'));
    await stage.run(hold.release());
    await stage.run(next.hold?.release() ?? Promise.reject(new Error('nothing was passed')));
    const granted = await stage.granted(other, 900);
    if (granted === undefined) throw new Error('the line was not served');
    await stage.advance(10_000);
    return !granted.signal.aborted;
  },
);

guarantee(
  'rule 17: each hold that is passed on has a larger token',
  { without: 'pass-keeps-token' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    const next = stage.wait(a);
    await stage.clock.settle();
    await stage.run(hold.release());
    const token = next.hold?.token ?? 0;
    return token > hold.token;
  },
);

guarantee(
  'rule 17: waiters of one process share one place in line',
  { without: 'place-for-each-waiter' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.acquires(a);
    for (let count = 0; count < 10; count += 1) stage.wait(b);
    await stage.advance(5_000);
    return stage.line().join() === 'b';
  },
);

guarantee(
  'rule 17: a process passes a row on eight times at most while others wait',
  { without: 'pass-without-limit' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    let hold = await stage.acquires(a);
    const waits = Array.from({ length: 20 }, () => stage.wait(a));
    const other = await stage.joins(b);
    for (const wait of waits) {
      await stage.run(hold.release());
      await stage.until(() => wait.isOver || other.isOver);
      if (other.hold !== undefined) break;
      hold = wait.hold ?? hold;
    }
    return waits.filter((wait) => wait.hold !== undefined).length === 8;
  },
);
