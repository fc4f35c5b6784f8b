import { guarantee } from '../../planted/control.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'an enqueue that never arrived is sent again',
  { without: 'unanswered-wait-ended' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    b.network.onNextWrite({ kind: 'drop' }, named('enqueue'));
    const wait = stage.wait(b);
    await stage.advance(4_000);
    await stage.run(hold.release());
    return (await stage.granted(wait, 1_000)) !== undefined;
  },
);

guarantee(
  'an enqueue that was applied without an answer puts its sender in line once',
  { without: 'enqueued-again-without-look' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.acquires(a);
    b.network.onNextWrite({ kind: 'lose-answer' }, named('enqueue'));
    stage.wait(b);
    await stage.advance(5_000);
    return stage.line().join() === 'b';
  },
);

guarantee(
  'an enqueue that arrives twice does not bring the row back to a waiter who has gone',
  { without: 'duplicate-place-kept' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const hold = await stage.acquires(a);
    b.network.onNextWrite({ kind: 'duplicate', afterMs: 200 }, named('enqueue'));
    const wait = await stage.joins(b);
    await stage.until(() => stage.line().join() === 'b,b');
    await stage.run(hold.release());
    const granted = await stage.granted(wait, 2_000);
    if (granted === undefined) throw new Error('the line was not served');
    await stage.run(granted.release());
    return (await stage.tries(c)) !== undefined;
  },
);

guarantee(
  'rule 12: an enqueue that arrives again after the row has become free leaves the row free',
  { without: 'enqueue-without-owner' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const hold = await stage.acquires(a);
    b.network.onNextWrite({ kind: 'duplicate', afterMs: 3_000 }, named('enqueue'));
    const wait = await stage.joins(b);
    await stage.run(hold.release());
    const granted = await stage.granted(wait, 2_000);
    if (granted === undefined) throw new Error('the line was not served');
    await stage.run(granted.release());
    await stage.until(() => stage.ledger.count('enqueue') === 2);
    return (await stage.granted(stage.wait(c), 60_000)) !== undefined;
  },
);

guarantee(
  'a look at a replica that lags does not put a waiter in line twice',
  { without: 'place-lost-on-stale-read' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.acquires(a);
    await stage.advance(2_000);
    b.network.onNextRead({ kind: 'stale', ageMs: 1_000 }, named('look'));
    await stage.joins(b);
    await stage.advance(5_000);
    return stage.line().join() === 'b';
  },
);

guarantee(
  'rule 13: waiters who find the last place at the same time do not both take it',
  { without: 'line-without-limit' },
  async (library) => {
    const stage = new Stage(library);
    const [holder, ...waiters] = await stage.actors(...labels(34));
    if (holder === undefined) throw new Error('nobody is there');
    await stage.acquires(holder);
    for (const waiter of waiters.slice(0, 31)) await stage.joins(waiter);
    for (const waiter of waiters.slice(31)) stage.wait(waiter);
    await stage.advance(2_000);
    return stage.line().length === 32;
  },
);

function labels(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `process ${index}`);
}
