import { guarantee } from '../../planted/control.ts';
import { Witness } from '../support/belief.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'rule 3: a process whose wall clock is an hour ahead steals nothing',
  { without: 'steal-by-wall-clock' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hurried = stage.actor('hurried', { wallOffsetMs: 3_600_000 });
    await stage.acquires(a);
    await stage.advance(1_000);
    return (await stage.tries(hurried)) === undefined;
  },
);

guarantee(
  'rule 3: the error of an observer’s clock does not shorten the lease of others',
  { without: 'steal-by-latest-instead-of-earliest' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = [stage.actor('a'), stage.actor('b')];
    const witness = new Witness(stage);
    // Late in a second the owner knows well how late it may be at most.
    await stage.advance(900);
    witness.watch(await stage.acquires(a));
    a.network.isolate();
    // Early in a second the observer does not.
    await stage.advance(15_000 - stage.clock.monotonicMs());
    await stage.run(b.holdfast.lock('it').holder());
    await stage.advance(300);
    const second = await stage.tries(b);
    if (second !== undefined) witness.watch(second);
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 3: an owner that has renewed since it was last seen is not taken for dead',
  { without: 'steal-despite-renewal' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    witness.watch(await stage.acquires(a));
    await stage.tries(b);
    await stage.advance(16_000);
    const second = await stage.tries(b);
    if (second !== undefined) witness.watch(second);
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 3: silence is counted from the answer that shows the owner, not from its request',
  { without: 'silence-from-before-read' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    // The observer's first request is under way while the lock is acquired.
    b.network.onNextWrite({ kind: 'delay', byMs: 900 }, named('acquire'));
    const looking = b.holdfast.lock('it').tryAcquire();
    await stage.advance(850);
    witness.watch(await stage.acquires(a));
    a.network.isolate();
    if ((await stage.run(looking)).acquired) throw new Error('the observer came first');
    await stage.advance(15_050 - stage.clock.monotonicMs());
    const second = await stage.tries(b);
    if (second !== undefined) witness.watch(second);
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 3: an owner that goes on renewing is never silent',
  { without: 'silence-ignores-renewals' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    witness.watch(await stage.acquires(a));
    for (let seconds = 0; seconds < 20; seconds += 1) {
      const second = await stage.tries(b);
      if (second !== undefined) witness.watch(second);
      await stage.advance(1_000);
    }
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 3: an observer waits for the lease time that the owner has stored',
  { without: 'silence-by-default-lease' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    witness.watch(await stage.acquires(a, { leaseMs: 60_000 }));
    a.network.isolate();
    await stage.tries(b);
    await stage.advance(16_000);
    const second = await stage.tries(b);
    if (second !== undefined) witness.watch(second);
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 5: an owner that has lost the time leaves no old end of its lease behind',
  { without: 'expires-at-removed-not' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    witness.watch(await stage.acquires(a));
    a.network.setRates({ 'date-missing': 1 });
    a.holdfast.beginInvocation({ getRemainingTimeInMillis: () => 0 });
    await stage.advance(25_000);
    if (stage.ledger.count('renew') < 4) throw new Error('the owner did not renew');
    const second = await stage.tries(b);
    if (second !== undefined) witness.watch(second);
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 6: nothing that the last owner knew is said of the next',
  { without: ['owned-since-stays', 'expires-at-removed-not'] },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const timeless = stage.actor('timeless');
    timeless.network.setRates({ 'date-missing': 1 });
    await stage.acquires(a);
    a.die();
    await stage.tries(timeless);
    await stage.advance(15_100);
    if ((await stage.tries(timeless)) === undefined) throw new Error('the dead owner stayed');
    const { owner } = stage.row();
    return owner?.ownedSince === undefined && owner?.expiresAt === undefined;
  },
);
