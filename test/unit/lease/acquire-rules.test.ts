import { guarantee } from '../../planted/control.ts';
import { Witness } from '../support/belief.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'rule 8: a lock that somebody holds is not granted to others',
  { without: 'acquire-unconditional' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.acquires(a);
    await stage.advance(2_000);
    return (await stage.tries(b)) === undefined;
  },
);

guarantee(
  'rule 8: an acquire that never arrived has granted nothing',
  { without: 'acquire-unknown-treated-as-applied' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    const dropped = a.network.onNextWrite({ kind: 'drop' }, named('acquire'));
    witness.watch(await stage.acquires(a));
    const second = await stage.tries(b);
    if (second !== undefined) witness.watch(second);
    return dropped.hit && witness.ownersMax === 1;
  },
);

guarantee(
  'rule 8: an acquire that was applied without an answer is known as our own',
  { without: 'own-grant-not-recognised' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    a.network.onNextWrite({ kind: 'lose-answer' }, named('acquire'));
    const hold = await stage.tries(a);
    return hold !== undefined && hold.remainingMs() > 0 && stage.row().owner?.label === 'a';
  },
);

guarantee(
  'rule 8: a grant that is noticed late is not counted from when it was noticed',
  { without: 'own-success-dated-from-retry' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    a.network.onNextWrite({ kind: 'lose-answer' }, named('acquire'));
    const wait = stage.wait(a);
    await stage.until(() => stage.ledger.count('acquire') === 1);
    await stage.tries(b);
    a.network.isolate();
    await stage.advance(6_000);
    a.network.heal();
    witness.watch((await stage.granted(wait, 5_000)) ?? missing('hold'));
    a.network.isolate();
    // Since b looked, the lease time has passed without a renewal, or not: the row tells.
    await stage.advance(15_100 - stage.clock.monotonicMs());
    const second = await stage.tries(b);
    if (second !== undefined) witness.watch(second);
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 8: an acquire that arrives again after its release grants nothing',
  { without: 'acquire-without-token-clause' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 5_000 }, named('acquire'));
    const hold = await stage.acquires(a);
    await stage.run(hold.release());
    await stage.until(() => stage.ledger.count('acquire') === 2);
    return stage.row().owner === undefined;
  },
);

guarantee(
  'rule 8: two processes of one host are two owners',
  { without: 'id-per-process' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('host/1', 'host/2');
    await stage.acquires(a);
    return (await stage.tries(b)) === undefined;
  },
);

guarantee(
  'rule 8: a caller who gives up on an acquire without an answer leaves no owner behind',
  { without: ['ghost-left-behind', 'waiter-not-rechecked-after-abort'] },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    a.network.onNextWrite({ kind: 'lose-answer' }, named('acquire'));
    const wait = stage.wait(a);
    await stage.until(() => stage.ledger.count('acquire') === 1);
    wait.abort();
    await stage.advance(5_000);
    if (wait.hold !== undefined) throw new Error('the caller did not give up in time');
    return stage.row().owner === undefined;
  },
);

guarantee(
  'rule 8: a newcomer does not overtake those who wait for a dead owner',
  { without: 'acquire-ignores-queue' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    await stage.acquires(a);
    const wait = await stage.joins(b);
    a.die();
    // The waiter is out of reach just as the lease ends, so that the newcomer comes first.
    b.network.isolate();
    await stage.advance(20_000);
    b.network.heal();
    const newcomer = await stage.tries(c);
    return newcomer === undefined && (await stage.granted(wait, 5_000)) !== undefined;
  },
);

function missing(what: string): never {
  throw new Error(`the schedule did not come about: no ${what}`);
}
