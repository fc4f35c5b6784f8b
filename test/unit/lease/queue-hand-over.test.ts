import { guarantee } from '../../planted/control.ts';
import { Witness } from '../support/belief.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'a hand-over that never arrived is sent again',
  { without: 'release-given-up-at-once' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    const wait = await stage.joins(b);
    a.network.onNextWrite({ kind: 'drop' }, named('release'));
    a.network.onNextWrite({ kind: 'drop' }, named('hand-over'));
    const releasing = hold.release();
    const granted = await stage.granted(wait, 5_000);
    const { outcome } = await stage.run(releasing);
    return granted !== undefined && outcome === 'released';
  },
);

guarantee(
  'a hand-over that was applied without an answer is known to have been ours',
  { without: 'hand-over-not-remembered' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    const wait = await stage.joins(b);
    a.network.onNextWrite({ kind: 'lose-answer' }, named('hand-over'));
    const { outcome } = await stage.run(hold.release());
    if (wait.hold === undefined) throw new Error('the line was not served');
    return outcome === 'released';
  },
);

guarantee(
  'a hand-over that arrives twice does not give away what is no longer its sender’s',
  { without: 'hand-over-without-owner-check' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const witness = new Witness(stage);
    const hold = witness.watch(await stage.acquires(a));
    const waits = [await stage.joins(b), await stage.joins(c)];
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 1_000 }, named('hand-over'));
    await stage.run(hold.release());
    await stage.until(() => stage.ledger.count('hand-over') === 2);
    for (let passedMs = 0; passedMs < 3_000; passedMs += 100) {
      await stage.advance(100);
      for (const wait of waits) if (wait.hold !== undefined) witness.watch(wait.hold);
    }
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 14: a hand-over to a waiter who has died costs others a claim, not a lease',
  { without: 'claim-as-long-as-lease' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const hold = await stage.acquires(a, { leaseMs: 30_000 });
    await stage.joins(b);
    const wait = await stage.joins(c);
    b.die();
    await stage.run(hold.release());
    return (await stage.granted(wait, 8_000)) !== undefined;
  },
);

guarantee(
  'rule 14: a waiter of twenty minutes notices its grant within the claim',
  { without: 'head-sleeps-through-its-claim' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const hold = await stage.acquires(a);
    const first = await stage.joins(b);
    await stage.advance(20 * 60_000);
    const second = await stage.joins(c);
    const looks = stage.ledger.count('look', 'b');
    await stage.until(() => stage.ledger.count('look', 'b') > looks);
    await stage.run(hold.release());
    await stage.until(() => first.isOver || second.isOver);
    return first.hold !== undefined;
  },
);

guarantee(
  'a hold that was handed over has a larger token',
  { without: 'hand-over-keeps-token' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    const wait = await stage.joins(b);
    await stage.run(hold.release());
    const granted = await stage.granted(wait, 2_000);
    if (granted === undefined) throw new Error('the line was not served');
    return granted.token > hold.token;
  },
);
