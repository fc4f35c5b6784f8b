import { guarantee } from '../../planted/control.ts';
import { Witness } from '../support/belief.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'rule 4: a lease is counted from its request, not from the answer',
  { without: 'lease-dated-from-answer' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    a.network.onNextWrite({ kind: 'delay-answer', byMs: 900 }, named('acquire'));
    const acquiring = stage.wait(a);
    await stage.until(() => stage.ledger.count('acquire') === 1);
    const seenAtMs = stage.clock.monotonicMs();
    await stage.tries(b);
    witness.watch((await stage.granted(acquiring, 2_000)) ?? missing('hold'));
    a.network.isolate();
    await stage.advance(seenAtMs + 15_100 - stage.clock.monotonicMs());
    witness.watch((await stage.tries(b)) ?? missing('end of the silence'));
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 4: a machine that was suspended notices by its wall clock',
  { without: 'wall-clock-ignored-in-validity' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    const first = await stage.acquires(a);
    a.clock.suspend();
    await stage.advance(20_000);
    const second = (await stage.tries(b)) ?? missing('second owner');
    a.clock.resume('answers-first');
    witness.watch(first);
    witness.watch(second);
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 4: a wall clock that is set back lengthens no lease',
  { without: 'monotonic-clock-ignored-in-validity' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    witness.watch(await stage.acquires(a));
    a.network.isolate();
    a.clock.stepWall(-3_600_000);
    await stage.advance(20_000);
    witness.watch((await stage.tries(b)) ?? missing('second owner'));
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 4: an owner whose idea of the time was wrong learns it from its own write',
  { without: 'own-answer-ignored-in-validity' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    // Suspended and set back, so that no clock of the machine shows it.
    a.clock.suspend();
    await stage.advance(10_000);
    a.clock.resume();
    a.clock.stepWall(-10_000);
    witness.watch(await stage.acquires(a));
    a.network.isolate();
    await stage.advance(9_000);
    witness.watch((await stage.tries(b)) ?? missing('second owner'));
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 4: the margin covers two clocks that run apart as far as they may',
  { without: 'margin-missing' },
  async (library) => {
    const stage = new Stage(library);
    const slow = stage.actor('slow', { driftPpm: -500 });
    const fast = stage.actor('fast', { driftPpm: 500 });
    const witness = new Witness(stage);
    await stage.run(slow.holdfast.lock('earlier').holder());
    witness.watch(await stage.acquires(slow, { leaseMs: 600_000 }));
    slow.network.isolate();
    await stage.tries(fast);
    await stage.advance(599_800);
    witness.watch((await stage.tries(fast)) ?? missing('second owner'));
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 4: a process that stood still knows at once, before any timer has fired',
  { without: 'cached-is-held-flag' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    const first = await stage.acquires(a);
    a.clock.pause();
    await stage.advance(20_000);
    const second = (await stage.tries(b)) ?? missing('second owner');
    a.clock.resume('answers-first');
    witness.watch(first);
    witness.watch(second);
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 4: an owner that nobody answers stops before its lease can end',
  { without: 'renewal-unknown-treated-as-applied' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    const first = witness.watch(await stage.acquires(a));
    a.network.isolate();
    await stage.advance(20_000);
    witness.watch((await stage.tries(b)) ?? missing('second owner'));
    return witness.ownersMax === 1 && first.signal.aborted;
  },
);

function missing(what: string): never {
  throw new Error(`the schedule did not come about: no ${what}`);
}
