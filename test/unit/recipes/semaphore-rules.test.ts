import { guarantee } from '../../planted/control.ts';
import { Witness } from '../support/belief.ts';
import { poolRequest } from '../support/pool-request.ts';
import { Call, Pools } from '../support/pools.ts';

guarantee(
  'a semaphore: no more permits are granted than there are',
  { without: 'pool-take-without-free' },
  async (library) => {
    const pools = new Pools(library);
    const [a, b, c] = await pools.stage.actors('a', 'b', 'c');
    await pools.takes(a);
    // As far as the third knows, there is one left.
    await pools.stage.run(pools.semaphore(c).holders());
    await pools.takes(b);
    await pools.stage.advance(1_000);
    // The row of fewer than no permits would be an error.
    const third = await pools.tries(c).catch((error: unknown) => error);
    return third === undefined && pools.isConsistent();
  },
);

guarantee(
  'a semaphore: an acquire that is repeated because it was slow takes once',
  { without: 'pool-take-without-id' },
  async (library) => {
    let isConsistent = true;
    // Somewhere in here the first request arrives between the look after it and the second one.
    for (let byMs = 1_000; byMs < 1_060; byMs += 4) {
      const pools = new Pools(library);
      const [a] = await pools.stage.actors('a');
      await pools.stage.run((await pools.takes(a)).release());
      const line = a.network.onNextWrite({ kind: 'delay', byMs }, poolRequest('acquired'));
      await pools.takes(a);
      if (!line.hit) throw new Error('no request was slow');
      isConsistent &&= pools.isConsistent();
    }
    return isConsistent;
  },
);

guarantee(
  'a semaphore: an acquire that was applied without an answer is known as our own',
  { without: 'pool-own-grant-not-recognised' },
  async (library) => {
    const pools = new Pools(library);
    const [a] = await pools.stage.actors('a');
    await pools.stage.run((await pools.takes(a)).release());
    a.network.onNextWrite({ kind: 'lose-answer' }, poolRequest('acquired'));
    const hold = await pools.tries(a, 2);
    return hold !== undefined && hold.remainingMs() > 0 && pools.row().holders.size === 1;
  },
);

guarantee(
  'a semaphore: an acquire that never arrived has taken nothing',
  { without: 'pool-unknown-taken-for-applied' },
  async (library) => {
    const pools = new Pools(library);
    const [a] = await pools.stage.actors('a');
    await pools.stage.run((await pools.takes(a)).release());
    a.network.onNextWrite({ kind: 'drop' }, poolRequest('acquired'));
    const hold = await pools.tries(a, 2);
    return hold !== undefined && pools.row().holders.size === 1;
  },
);

guarantee(
  'a semaphore: an acquire that arrives again after its release takes nothing',
  { without: 'pool-take-without-token' },
  async (library) => {
    const pools = new Pools(library);
    const [a] = await pools.stage.actors('a');
    await pools.stage.run((await pools.takes(a)).release());
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 5_000 }, poolRequest('acquired'));
    const hold = await pools.takes(a);
    await pools.stage.run(hold.release());
    await pools.stage.advance(6_000);
    return pools.row().holders.size === 0 && pools.row().free === 2;
  },
);

guarantee(
  'a semaphore: one who waits for many is not overtaken by those who want few',
  { without: 'pool-take-overtakes' },
  async (library) => {
    const pools = new Pools(library);
    const [a, b, c] = await pools.stage.actors('a', 'b', 'c');
    await pools.takes(a);
    await pools.stage.run(pools.semaphore(c).holders());
    await pools.joins(b, { permits: 2 });
    return (await pools.tries(c)) === undefined;
  },
);

guarantee(
  'a semaphore: a release that is repeated gives back once',
  { without: 'pool-release-by-count' },
  async (library) => {
    const pools = new Pools(library);
    const [a, b] = await pools.stage.actors('a', 'b');
    await pools.takes(b);
    const hold = await pools.takes(a);
    a.network.onNextWrite({ kind: 'lose-answer' }, poolRequest('released'));
    const result = await pools.stage.run(hold.release(), 10_000);
    return result.outcome === 'released' && pools.isConsistent();
  },
);

guarantee(
  'a semaphore: a renewal that arrives again later does not shorten the lease',
  { without: 'pool-renewal-unnumbered' },
  async (library) => {
    const pools = new Pools(library);
    const [a] = await pools.stage.actors('a');
    await pools.takes(a);
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 9_000 }, poolRequest('renew'));
    const ends: number[] = [];
    for (let passedMs = 0; passedMs < 20_000; passedMs += 100) {
      await pools.stage.advance(100);
      ends.push([...pools.row().holders.values()][0]?.expiresAt ?? 0);
    }
    return ends.every((end, index) => index === 0 || end >= (ends[index - 1] ?? 0));
  },
);

guarantee(
  'a semaphore: a holder that renews in the last moment keeps its permits',
  { without: ['pool-reap-despite-renewal', 'pool-silence-ignores-renewals'] },
  async (library) => {
    const pools = new Pools(library);
    const [a, b] = await pools.stage.actors('a', 'b');
    const witness = new Witness(pools.stage);
    witness.watch(await pools.takes(a, 2));
    pools.stage.dated = false;
    // Until the observer has seen nothing for the whole lease, as far as it remembers.
    await pools.tries(b);
    b.network.isolate();
    a.network.isolate();
    await pools.stage.advance(11_000);
    a.network.heal();
    await pools.stage.until(() => [...pools.row().holders.values()][0]?.renewals !== 1, 3_500);
    await pools.stage.advance(15_500 - pools.stage.clock.monotonicMs());
    b.network.heal();
    const second = await pools.tries(b, 2);
    if (second !== undefined) witness.watch(second);
    return witness.ownersMax === 1;
  },
);

guarantee(
  'a semaphore: whoever was taken for dead, and takes again under its old id, lives anew',
  { without: 'pool-silence-ignores-token' },
  async (library) => {
    const pools = new Pools(library);
    const { stage } = pools;
    const [a, b] = await stage.actors('a', 'b');
    stage.dated = false;
    const isHeldBy = (label: string) => () =>
      [...pools.row().holders.values()].some((holder) => holder.label === label);
    // Each stands still as soon as its request has taken effect, and hears of it too late.
    new Call(pools.semaphore(a, 1).acquire());
    await stage.until(isHeldBy('a'));
    a.clock.pause();
    new Call(pools.semaphore(b, 1).acquire());
    await stage.until(isHeldBy('b'));
    b.clock.pause();
    a.clock.resume();
    await stage.until(isHeldBy('a'));
    b.clock.resume();
    await stage.advance(1_000);
    return isHeldBy('a')();
  },
);

guarantee(
  'a semaphore: a holder is dead only when the table is surely past its end',
  { without: 'pool-reap-by-latest' },
  async (library) => {
    const pools = new Pools(library);
    const [a, b] = await pools.stage.actors('a', 'b');
    await pools.takes(a, 2);
    a.die();
    await pools.stage.advance(13_500);
    let reaped = false;
    while (pools.stage.clock.monotonicMs() < 14_900) {
      await pools.tries(b);
      reaped ||= ![...pools.row().holders.values()].some(({ label }) => label === 'a');
      await pools.stage.advance(100);
    }
    return !reaped;
  },
);

guarantee(
  'a semaphore: it does not shrink below what is held, whoever takes meanwhile',
  { without: 'pool-resize-unconditional' },
  async (library) => {
    const pools = new Pools(library);
    const [a, b] = await pools.stage.actors('a', 'b');
    await pools.takes(a);
    await pools.stage.run(pools.semaphore(b).holders());
    await pools.takes(a);
    await pools.stage.advance(1_000);
    const call = new Call(
      pools
        .semaphore(b)
        .resize(1)
        .then(() => 'resized'),
    );
    await pools.within(call, 10_000);
    return pools.isConsistent() && pools.row().limit === 2;
  },
);

guarantee(
  'a semaphore: a request to wait that arrives again after its grant puts nobody in line',
  { without: 'pool-join-twice' },
  async (library) => {
    const pools = new Pools(library);
    const [a, b] = await pools.stage.actors('a', 'b');
    const hold = await pools.takes(a, 2);
    b.network.onNextWrite({ kind: 'duplicate', afterMs: 5_000 }, poolRequest('join'));
    const call = await pools.joins(b);
    await pools.stage.run(hold.release());
    if ((await pools.within(call, 3_000)) === undefined) throw new Error('not granted');
    await pools.stage.advance(6_000);
    return pools.row().queue.length === 0;
  },
);

guarantee(
  'a semaphore: a dead waiter holds up those behind it for no longer than three seconds',
  { without: 'pool-dead-head-stays' },
  async (library) => {
    const pools = new Pools(library);
    const [a, b, c] = await pools.stage.actors('a', 'b', 'c');
    const hold = await pools.takes(a, 2);
    await pools.joins(b, { permits: 2 });
    const call = await pools.joins(c);
    b.die();
    await pools.stage.run(hold.release());
    return (await pools.within(call, 5_000)) !== undefined;
  },
);

guarantee(
  'a semaphore: a caller who gives up on an acquire without an answer leaves nothing taken',
  { without: 'pool-ghost-left-behind' },
  async (library) => {
    const pools = new Pools(library);
    const [a] = await pools.stage.actors('a');
    await pools.stage.run((await pools.takes(a)).release());
    a.network.onNextWrite({ kind: 'lose-answer' }, poolRequest('acquired'));
    const abort = new AbortController();
    const call = new Call(pools.semaphore(a).acquire({ signal: abort.signal }));
    await pools.stage.until(() => pools.row().holders.size === 1);
    abort.abort(new Error('the caller gave up'));
    await pools.stage.advance(4_000);
    if (call.error === undefined) throw new Error('the caller did not give up');
    return pools.row().holders.size === 0;
  },
);
