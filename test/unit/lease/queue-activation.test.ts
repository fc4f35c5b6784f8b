import { guarantee } from '../../planted/control.ts';
import { Witness } from '../support/belief.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'rule 14: a grant that was seen but not accepted in time is nobody’s',
  { without: 'hand-over-without-claim' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const witness = new Witness(stage);
    const hold = await stage.acquires(a);
    const first = await stage.joins(b);
    const second = await stage.joins(c);
    const release = hold.release();
    await stage.until(() => stage.row().owner?.label === 'b');
    const looks = stage.ledger.count('look', 'b');
    await stage.until(() => stage.ledger.count('look', 'b') > looks);
    // It stands still with the answer that shows the grant on its way.
    b.clock.pause();
    await stage.run(release);
    const granted = await stage.granted(second, 10_000);
    if (granted === undefined) throw new Error('the dead waiter was not skipped');
    witness.watch(granted);
    b.clock.resume('answers-first');
    await stage.advance(500);
    if (first.hold !== undefined) witness.watch(first.hold);
    return witness.ownersMax === 1;
  },
);

guarantee(
  'an activation that never arrived is sent again',
  { without: 'unanswered-wait-ended' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const hold = await stage.acquires(a);
    const first = await stage.joins(b);
    const second = await stage.joins(c);
    b.network.onNextWrite({ kind: 'drop' }, named('activate'));
    await stage.run(hold.release());
    await stage.until(() => first.isOver || second.isOver);
    return first.hold !== undefined;
  },
);

guarantee(
  'rule 14: an activation that never arrived makes nobody an owner',
  { without: 'activation-unknown-treated-as-applied' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const witness = new Witness(stage);
    const hold = await stage.acquires(a);
    const first = await stage.joins(b);
    const second = await stage.joins(c);
    b.network.onNextWrite({ kind: 'drop' }, (request) => {
      if (!named('activate')(request)) return false;
      b.network.isolate();
      return true;
    });
    await stage.run(hold.release());
    const granted = await stage.granted(second, 10_000);
    if (granted === undefined) throw new Error('the silent waiter was not skipped');
    witness.watch(granted);
    if (first.hold !== undefined) witness.watch(first.hold);
    return witness.ownersMax === 1;
  },
);

guarantee(
  'an activation that was applied without an answer is repeated under a new number',
  { without: 'activation-numbered-once' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    const wait = await stage.joins(b);
    b.network.onNextWrite({ kind: 'lose-answer' }, named('activate'));
    await stage.run(hold.release());
    return (await stage.granted(wait, 5_000)) !== undefined;
  },
);

guarantee(
  'rule 14: a lease that an activation began is counted from its sending',
  { without: ['activation-dated-from-answer', 'lease-dated-from-answer'] },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    const wait = await stage.joins(b);
    b.network.onNextWrite({ kind: 'delay-answer', byMs: 900 }, named('activate'));
    await stage.run(hold.release());
    await stage.until(() => stage.ledger.count('activate') === 1);
    const arrivedMs = stage.clock.monotonicMs();
    const granted = await stage.granted(wait, 2_000);
    if (granted === undefined) throw new Error('the line was not served');
    const endsMs = stage.clock.monotonicMs() + granted.remainingMs();
    return endsMs <= arrivedMs + 15_000 - 300;
  },
);

guarantee(
  'an activation that arrives again much later does not shorten the lease',
  { without: 'renewals-not-numbered' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const witness = new Witness(stage);
    const hold = await stage.acquires(a);
    const wait = await stage.joins(b);
    b.network.onNextWrite({ kind: 'duplicate', afterMs: 18_000 }, named('activate'));
    await stage.run(hold.release());
    const granted = await stage.granted(wait, 2_000);
    if (granted === undefined) throw new Error('the line was not served');
    await stage.until(() => stage.ledger.count('activate') === 2);
    const stolen = await stage.tries(c);
    if (stolen !== undefined) witness.watch(stolen);
    witness.watch(granted);
    return witness.ownersMax === 1;
  },
);
