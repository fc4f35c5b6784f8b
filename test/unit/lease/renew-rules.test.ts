import { guarantee } from '../../planted/control.ts';
import { Witness } from '../support/belief.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'rule 7: a renewal that never arrived costs the owner nothing',
  { without: ['renew-chained-to-previous-version', 'heartbeat-stops-after-one-error'] },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    const dropped = a.network.onNextWrite({ kind: 'drop' }, named('renew'));
    await stage.advance(60_000);
    return dropped.hit && hold.remainingMs() > 0;
  },
);

guarantee(
  'rule 7: a renewal that was applied without an answer costs the owner nothing',
  { without: ['renew-chained-to-last-answer', 'unknown-treated-as-refused'] },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    const lost = a.network.onNextWrite({ kind: 'lose-answer' }, named('renew'));
    await stage.advance(60_000);
    return lost.hit && hold.remainingMs() > 0;
  },
);

guarantee(
  'rule 7: a late duplicate of an old renewal does not shorten the lease',
  { without: 'renewals-not-numbered' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    witness.watch(await stage.acquires(a));
    // The first renewal arrives for a second time after the owner's last one.
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 16_000 }, named('renew'));
    await stage.advance(18_000);
    a.network.isolate();
    await stage.advance(7_000);
    const second = await stage.tries(b);
    if (second !== undefined) witness.watch(second);
    return witness.ownersMax === 1;
  },
);

guarantee(
  'rule 7: a renewal that arrives after the release revives nothing',
  { without: 'release-late-renew-revives' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 10_000 }, named('renew'));
    await stage.until(() => stage.ledger.count('renew') === 1);
    await stage.run(hold.release());
    await stage.until(() => stage.ledger.count('renew') === 2);
    return stage.row().owner === undefined;
  },
);

guarantee(
  'rule 7: a renewal that arrives in the term of the next owner takes nothing back',
  { without: 'renew-without-owner-check' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const first = await stage.acquires(a);
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 10_000 }, named('renew'));
    await stage.until(() => stage.ledger.count('renew', 'a') === 1);
    await stage.run(first.release());
    const second = await stage.acquires(b);
    await stage.until(() => stage.ledger.count('renew', 'a') === 2);
    // The owner gives up what is his, and the lock is free: or else it has somebody else's name.
    await stage.run(second.release());
    return (await stage.tries(c)) !== undefined;
  },
);

guarantee(
  'rule 11: a renewal that conflicts with a transaction is tried again',
  { without: 'conflict-taken-for-loss' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    const conflict = { kind: 'reject', reason: 'conflict' } as const;
    const line = a.network.onNextWrite(conflict, named('renew'));
    await stage.advance(20_000);
    return line.hit && hold.remainingMs() > 0;
  },
);

guarantee(
  'rule 11: nobody acquires a row under a lock that nobody can make out',
  { without: 'acquire-ignores-transaction' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    await stage.run((await stage.acquires(a)).release());
    const [row] = stage.table.snapshot();
    if (row === undefined) throw new Error('there is no row');
    await stage.table.write({ kind: 'put', item: { ...row, _txl: 'transaction' } });
    const wait = stage.wait(a);
    await stage.advance(5_000);
    wait.abort();
    return stage.ledger.count('acquire') > 1 && stage.row().owner === undefined;
  },
);
