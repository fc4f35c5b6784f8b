import { guarantee } from '../../planted/control.ts';
import type { Actor } from '../support/actor.ts';
import { Call } from '../support/pools.ts';
import { Several } from '../support/several.ts';

const NAMES = ['x', 'y', 'z'];
const LEASE_MS = 6_000;

function isFree(several: Several): boolean {
  return several.owners(NAMES).every((owner) => owner === undefined);
}

/** Keeps the first request of `actor` on its way, and turns all later ones away. */
function strand(several: Several, actor: Actor): () => Promise<void> {
  const network = several.network(actor);
  const arrive = network.hold(() => true);
  network.block(() => true);
  return arrive;
}

guarantee(
  'several locks at once: an answer that is lost is asked for again',
  { without: 'together-unknown-is-failed' },
  async (library) => {
    const several = new Several(library);
    const [a] = await several.stage.actors('a');
    several.network(a).onNextWrite('answer-lost');
    const hold = await several.tries(a, NAMES);
    if (several.stage.ledger.count('acquire-all') !== 2) throw new Error('not sent twice');
    return hold !== undefined && several.owners(NAMES).join() === 'a,a,a';
  },
);

guarantee(
  'several locks at once: who is refused by its own rows knows them',
  { without: 'together-own-rows-unknown' },
  async (library) => {
    const several = new Several(library);
    const { stage } = several;
    const [a] = await stage.actors('a');
    several.network(a).onNextWrite('answer-lost');
    const call = new Call(several.locks(a, NAMES).tryAcquire());
    await stage.until(() => stage.ledger.count('acquire-all') === 1);
    several.items.forgetTokens();
    await stage.until(() => call.isOver);
    return call.result?.acquired === true;
  },
);

guarantee(
  'several locks at once: the lease counts from the first copy',
  { without: 'together-dated-by-last-copy' },
  async (library) => {
    const several = new Several(library);
    const { stage } = several;
    const [a] = await stage.actors('a');
    // Its date would show the error by itself.
    stage.dated = false;
    several.network(a).onNextWrite('answer-lost');
    const sentMs = stage.clock.monotonicMs();
    const hold = await several.tries(a, NAMES, { leaseMs: LEASE_MS });
    const elapsedMs = stage.clock.monotonicMs() - sentMs;
    if (hold === undefined || elapsedMs < 1_000) throw new Error('nothing was lost');
    return hold.remainingMs() <= LEASE_MS - elapsedMs;
  },
);

guarantee(
  'several locks at once: none is granted whose lease is over by then',
  { without: 'together-granted-too-late' },
  async (library) => {
    const several = new Several(library);
    const { stage } = several;
    const [a] = await stage.actors('a');
    const call = new Call(several.locks(a, NAMES).tryAcquire({ leaseMs: LEASE_MS }));
    await stage.until(() => stage.ledger.count('acquire-all') === 1);
    a.clock.pause();
    await stage.advance(2 * LEASE_MS);
    a.clock.resume('answers-first');
    await stage.until(() => call.isOver);
    if (call.result?.acquired !== true) throw new Error('not granted what is free');
    return call.result.hold.remainingMs() > 0;
  },
);

guarantee(
  'several locks at once: the one that is held is named, and no other',
  { without: 'together-blames-another' },
  async (library) => {
    const several = new Several(library);
    const { stage } = several;
    const [a, b] = await stage.actors('a', 'b');
    await stage.run(b.holdfast.lock('z').acquire(), 10_000);
    const result = await stage.run(several.locks(a, NAMES).tryAcquire());
    if (result.acquired) throw new Error('granted what is held');
    return result.name === 'z' && result.holder.label === 'b';
  },
);

guarantee(
  'several locks at once: a request that arrives after its caller gave up holds nothing',
  { without: 'together-late-request-forgotten' },
  async (library) => {
    const several = new Several(library);
    const { stage } = several;
    const [a] = await stage.actors('a');
    const session = await stage.run(a.holdfast.session({ leaseMs: LEASE_MS }));
    const arrive = strand(several, a);
    const options = { under: session, timeoutMs: 1_500 };
    const call = new Call(several.locks(a, NAMES).acquire(options));
    await stage.until(() => call.isOver);
    await stage.advance(1_000);
    await arrive();
    await stage.advance(60_000);
    if (session.remainingMs() === 0) throw new Error('the session is over');
    return isFree(several);
  },
);

guarantee(
  'several locks at once: a late request is looked for while others hold what it asks for',
  { without: 'together-late-request-unwatched' },
  async (library) => {
    const several = new Several(library);
    const { stage } = several;
    const [a, b] = await stage.actors('a', 'b');
    const session = await stage.run(a.holdfast.session({ leaseMs: LEASE_MS }));
    const held = await stage.run(b.holdfast.lock('x').acquire(), 10_000);
    await stage.advance(1_000);
    const arrive = strand(several, a);
    const options = { under: session, timeoutMs: 1_500 };
    const call = new Call(several.locks(a, ['x', 'y']).acquire(options));
    await stage.until(() => call.isOver);
    await stage.advance(1_000);
    await stage.run(held.release());
    await arrive();
    if (several.owners(['x', 'y']).join() !== 'a,a') throw new Error('it did not arrive');
    await stage.advance(120_000);
    return isFree(several);
  },
);

guarantee(
  'several locks at once: what took effect unnoticed is given back whole',
  { without: 'together-undone-in-part' },
  async (library) => {
    const several = new Several(library);
    const { stage } = several;
    const [a] = await stage.actors('a');
    const arrive = strand(several, a);
    const stop = new AbortController();
    const call = new Call(several.locks(a, NAMES).acquire({ signal: stop.signal }));
    await stage.advance(500);
    await arrive();
    if (isFree(several)) throw new Error('it did not arrive');
    await stage.advance(600);
    stop.abort(new Error('enough'));
    await stage.until(() => call.isOver);
    await stage.advance(2_000);
    return isFree(several);
  },
);

guarantee(
  'several locks at once: keeping a late request out leaves holders alone',
  { without: 'together-outdates-holders' },
  async (library) => {
    const several = new Several(library);
    const { stage } = several;
    const [a, b] = await stage.actors('a', 'b');
    const held = await stage.run(b.holdfast.lock('x').acquire({ leaseMs: LEASE_MS }), 10_000);
    await stage.advance(1_000);
    strand(several, a);
    const call = new Call(several.locks(a, NAMES).acquire({ timeoutMs: 1_500 }));
    await stage.until(() => call.isOver);
    await stage.advance(2 * LEASE_MS);
    return held.remainingMs() > 0;
  },
);

guarantee(
  'several locks at once: no row is taken that a transaction has locked',
  { without: 'together-ignores-transactions' },
  async (library) => {
    const several = new Several(library);
    const { stage } = several;
    const [a] = await stage.actors('a');
    const item = { pk: 'default#lock#y', sk: 'lock', token: 1, _txl: { id: 'gone', n: 0, a: 0 } };
    await stage.table.write({ kind: 'put', item });
    const hold = await several.tries(a, NAMES);
    if (hold === undefined) throw new Error('not granted what is free');
    return stage.table.peek(item)?._txl === undefined;
  },
);

guarantee(
  'several locks at once: closing gives back what is on its way',
  { without: 'together-kept-at-closing' },
  async (library) => {
    const several = new Several(library);
    const { stage } = several;
    const [a] = await stage.actors('a');
    const call = new Call(several.locks(a, NAMES).tryAcquire());
    await stage.until(() => stage.ledger.count('acquire-all') === 1);
    await stage.run(a.holdfast.close());
    if (!isFree(several)) throw new Error('kept by an instance that is closed');
    await stage.until(() => call.isOver);
    return call.error instanceof library.ClosedError;
  },
);

guarantee(
  'several locks at once: what comes after the caller gave up is given back',
  { without: 'together-goes-on-unwanted' },
  async (library) => {
    const several = new Several(library);
    const { stage } = several;
    const [a] = await stage.actors('a');
    const stop = new AbortController();
    const call = new Call(several.locks(a, NAMES).acquire({ signal: stop.signal }));
    await stage.until(() => stage.ledger.count('acquire-all') === 1);
    stop.abort(new Error('enough'));
    await stage.clock.settle();
    if (!call.isOver) throw new Error('the caller was kept waiting');
    await stage.advance(1_000);
    return isFree(several);
  },
);
