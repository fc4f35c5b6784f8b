import { guarantee } from '../../planted/control.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'a dequeue that never arrived is sent again',
  { without: 'dequeue-tried-once' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.acquires(a);
    const wait = await stage.joins(b);
    b.network.onNextWrite({ kind: 'drop' }, named('dequeue'));
    wait.abort();
    await stage.advance(4_000);
    return stage.line().length === 0;
  },
);

guarantee(
  'a dequeue that was applied without an answer removes nobody else',
  { without: 'dequeue-repeated-blindly' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c, d] = await stage.actors('a', 'b', 'c', 'd');
    await stage.acquires(a);
    const wait = await stage.joins(b);
    await stage.joins(c);
    await stage.joins(d);
    b.network.onNextWrite({ kind: 'lose-answer' }, named('dequeue'));
    wait.abort();
    await stage.advance(4_000);
    return stage.line().join() === 'c,d';
  },
);

guarantee(
  'rule 16: a dequeue that arrives twice removes nobody else',
  { without: 'dequeue-by-index-only' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c, d] = await stage.actors('a', 'b', 'c', 'd');
    await stage.acquires(a);
    const wait = await stage.joins(b);
    await stage.joins(c);
    await stage.joins(d);
    b.network.onNextWrite({ kind: 'duplicate', afterMs: 500 }, named('dequeue'));
    wait.abort();
    await stage.advance(4_000);
    return stage.line().join() === 'c,d';
  },
);

guarantee(
  'rule 16: a dequeue that finds the line moved removes nobody else',
  { without: 'dequeue-by-index-only' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c, d, e] = await stage.actors('a', 'b', 'c', 'd', 'e');
    const hold = await stage.acquires(a);
    await stage.joins(b);
    const wait = await stage.joins(c);
    await stage.joins(d);
    await stage.joins(e);
    const delayed = c.network.onNextWrite({ kind: 'delay', byMs: 500 }, named('dequeue'));
    wait.abort();
    await stage.until(() => delayed.hit);
    await stage.run(hold.release());
    await stage.advance(2_000);
    return stage.line().join() === 'd,e';
  },
);

guarantee(
  'rule 16: a waiter who gives up as it is granted the row gives it back',
  { without: 'waiter-not-rechecked-after-abort' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const hold = await stage.acquires(a);
    const wait = await stage.joins(b);
    await stage.run(hold.release());
    wait.abort();
    await stage.advance(100);
    return (await stage.tries(c)) !== undefined;
  },
);

guarantee(
  'rule 16: a waiter who gives up with its enqueue unanswered leaves no place behind',
  { without: 'ghost-left-behind' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.acquires(a);
    b.network.onNextWrite({ kind: 'lose-answer' }, named('enqueue'));
    const wait = await stage.joins(b);
    wait.abort();
    await stage.advance(4_000);
    return stage.line().length === 0;
  },
);
