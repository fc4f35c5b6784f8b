import { guarantee } from '../../planted/control.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'rule 12: a release that meets a new waiter on its way hands over instead',
  { without: 'release-ignores-queue' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    // The owner has looked at the row for the last time; it knows of nobody.
    const wait = await stage.joins(b);
    await stage.run(hold.release());
    return (await stage.granted(wait, 60_000)) !== undefined;
  },
);

guarantee(
  'rule 12: a line that has emptied is as good as none',
  { without: 'empty-line-taken-for-waiters' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const hold = await stage.acquires(a);
    const wait = await stage.joins(b);
    await stage.run(hold.release());
    const granted = await stage.granted(wait, 2_000);
    if (granted === undefined) throw new Error('the line was not served');
    await stage.run(granted.release());
    return (await stage.granted(stage.wait(c), 60_000)) !== undefined;
  },
);

guarantee(
  'rule 13: a waiter keeps its place for as long as it lives',
  { without: 'place-not-kept' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    await stage.acquires(a);
    const first = await stage.joins(b);
    await stage.advance(24 * 60_000);
    const second = await stage.joins(c);
    a.die();
    await stage.until(() => first.isOver || second.isOver);
    return first.hold !== undefined;
  },
);

guarantee(
  'rule 13: waiters who died long ago are skipped all at once',
  { without: 'expired-places-served' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, ...dead] = await stage.actors('a', 'b', 'c', 'd', 'e', 'f', 'g');
    await stage.acquires(a);
    for (const waiter of dead) {
      await stage.joins(waiter);
      waiter.die();
    }
    await stage.advance(11 * 60_000);
    const wait = await stage.joins(b);
    a.die();
    // A lease, the error of the clocks, and not a claim for each of the dead.
    return (await stage.granted(wait, 20_000)) !== undefined;
  },
);

guarantee(
  'rule 16: a row that does not exist yet can be taken',
  { without: 'missing-path-not-foreseen' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    return (await stage.granted(stage.wait(a), 5_000)) !== undefined;
  },
);
