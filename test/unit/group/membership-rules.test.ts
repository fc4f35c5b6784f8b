import { guarantee } from '../../planted/control.ts';
import { GroupStage, LEASE_MS, SWEEP_MS, Told } from '../support/groups.ts';

const isPut = (request: { readonly kind?: string }) => request.kind === 'put';

guarantee(
  'rule 26: a member whose row arrives late is seen when it is announced',
  { without: 'group-announced-before-entered' },
  async (library) => {
    const stage = new GroupStage(library);
    const [a, watcher] = await stage.actors('a', 'w');
    const told = stage.watches(watcher);
    await stage.advance(100);
    const late = a.network.onNextWrite({ kind: 'delay', byMs: 900 }, (each) =>
      isPut(each as never),
    );
    await stage.enters(a);
    if (!late.hit) throw new Error('the row was not late');
    await stage.advance(10 * SWEEP_MS);
    return told.words.includes('joined a');
  },
);

guarantee(
  'rule 27: a member that died before it could announce itself is seen, and goes',
  { without: 'group-head-not-compared' },
  async (library) => {
    const stage = new GroupStage(library);
    const [a, b, watcher] = await stage.actors('a', 'b', 'w');
    const told = stage.watches(watcher);
    await stage.enters(b);
    await stage.advance(SWEEP_MS);
    void stage.group(a).join({ id: 'a', leaseMs: LEASE_MS });
    await stage.until(() => stage.rows('member').length === 2);
    a.die();
    await stage.advance(2 * SWEEP_MS);
    return told.words.includes('joined a');
  },
);

guarantee(
  'rule 28: a view is not filed under a head that is newer than its members',
  { without: 'group-view-of-newer-head' },
  async (library) => {
    const stage = new GroupStage(library);
    const [a, b, watcher] = await stage.actors('a', 'b', 'w');
    const told = new Told(stage.group(watcher, { pollMs: 200 }).watch());
    await stage.advance(100);
    const sweeps = stage.ledger.names('w').length;
    await stage.until(() => stage.ledger.names('w').slice(sweeps).includes('read'));
    // The members as they were before b came, under way for longer than a poll takes.
    const slow = watcher.network.onNextQuery({ kind: 'delay-answer', byMs: 900 });
    await stage.enters(a);
    await stage.until(() => slow.hit);
    await stage.advance(20);
    await stage.enters(b);
    await stage.advance(20 * SWEEP_MS);
    return told.words.includes('joined b');
  },
);

guarantee(
  'rule 28: a process that was cut off from the table does not believe all others dead',
  { without: 'group-sick-observer-believed' },
  async (library) => {
    const stage = new GroupStage(library);
    const [a, watcher] = await stage.actors('a', 'w');
    const told = stage.watches(watcher);
    await stage.enters(a);
    await stage.advance(3 * SWEEP_MS);
    // What befell the watcher befell the member as well; it is back a moment later.
    for (const each of [a, watcher]) each.network.isolate();
    await stage.advance(3 * LEASE_MS);
    watcher.network.heal();
    await stage.advance(SWEEP_MS);
    a.network.heal();
    await stage.advance(LEASE_MS);
    return !told.words.includes('expired a');
  },
);

guarantee(
  'rule 26: a process that wakes up leaves its id to the one that has replaced it',
  { without: 'group-older-takes-it-back' },
  async (library) => {
    const stage = new GroupStage(library);
    const [a, b] = await stage.actors('a', 'b');
    const older = await stage.enters(a, { id: 'same' });
    const { signal } = older;
    a.clock.pause();
    await stage.advance(2 * LEASE_MS);
    const newer = await stage.enters(b, { id: 'same' });
    a.clock.resume();
    await stage.advance(5 * LEASE_MS);
    if (!signal.aborted) throw new Error('the older was not told');
    return newer.state === 'joined' && older.state === 'ended';
  },
);
