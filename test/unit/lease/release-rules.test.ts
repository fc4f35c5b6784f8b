import { guarantee } from '../../planted/control.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'a release that never arrived is sent again, and said to be done only then',
  {
    without: [
      'release-unknown-treated-as-applied',
      'release-given-up-at-once',
      'unknown-treated-as-refused',
    ],
  },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    const dropped = a.network.onNextWrite({ kind: 'drop' }, named('release'));
    await stage.run(hold.release());
    return dropped.hit && (await stage.tries(b)) !== undefined;
  },
);

guarantee(
  'rule 10: a release that was applied without an answer is known to have been ours',
  { without: ['previous-not-kept', 'unknown-treated-as-refused'] },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    const lost = a.network.onNextWrite({ kind: 'lose-answer' }, named('release'));
    const { outcome } = await stage.run(hold.release());
    if (!lost.hit || stage.row().owner !== undefined) throw new Error('nothing was applied');
    return outcome === 'released';
  },
);

guarantee(
  'a release that arrives again in the term of the next owner frees nothing',
  { without: 'release-unconditional' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const hold = await stage.acquires(a);
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 5_000 }, named('release'));
    await stage.run(hold.release());
    await stage.acquires(b);
    await stage.until(() => stage.ledger.count('release') === 2);
    return (await stage.tries(c)) === undefined;
  },
);

guarantee(
  'rule 10: an owner that comes back to release is told that the lock was taken from it',
  { without: 'taken-from-not-kept' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    await stage.tries(b);
    // Its release is under way while the lease ends, and is heard only after that.
    a.network.isolate();
    await stage.advance(13_500);
    const releasing = hold.release();
    await stage.advance(15_100 - stage.clock.monotonicMs());
    if ((await stage.tries(b)) === undefined) throw new Error('nobody took the lock');
    a.network.heal();
    const result = await stage.run(releasing);
    return result.outcome === 'lost' && result.takenBy === 'b';
  },
);
