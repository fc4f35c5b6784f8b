import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, isHoldfastError, LeaseLostError } from '../../../lib/index.ts';
import { guarantee } from '../../planted/control.ts';
import type { Actor } from '../support/actor.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

const LEASE_MS = 6_000;
const NAMES = Array.from({ length: 10 }, (_, index) => `album/${index}`);

function begin(stage: Stage, actor: Actor) {
  return stage.run(actor.holdfast.session({ leaseMs: LEASE_MS }), 10_000);
}

/** A session of `actor`, and the locks that it holds under it. */
async function holdAll(stage: Stage, actor: Actor, names: readonly string[] = NAMES) {
  const session = await begin(stage, actor);
  const acquires = names.map((name) => actor.holdfast.lock(name).acquire({ under: session }));
  return { session, holds: await stage.run(Promise.all(acquires), 10_000) };
}

function acquireAll(actor: Actor) {
  return Promise.all(NAMES.map((name) => actor.holdfast.lock(name).acquire()));
}

describe('a session', () => {
  it('keeps all that is held under it alive with one write per interval', async () => {
    const stage = new Stage();
    const [owner] = await stage.actors('owner');
    const { holds } = await holdAll(stage, owner);
    stage.ledger.clear();
    await stage.advance(60_000);
    expect(holds.every((hold) => hold.remainingMs() > 0)).toBe(true);
    // Every 1.96 to 2.18 seconds.
    const { requests, writeUnits } = stage.ledger.bill('owner');
    expect(requests).toBe(writeUnits);
    expect(writeUnits).toBeGreaterThanOrEqual(27);
    expect(writeUnits).toBeLessThanOrEqual(30);
  });

  it('is killed once for all that it held when its process has died', async () => {
    const stage = new Stage();
    const [owner, heir] = await stage.actors('owner', 'heir');
    await holdAll(stage, owner);
    owner.die();
    await stage.advance(LEASE_MS + 10_000);
    stage.ledger.clear();
    const tries = NAMES.map((name) => heir.holdfast.lock(name).tryAcquire());
    const results = await stage.run(Promise.all(tries), 10_000);
    expect(results.every(({ acquired }) => acquired)).toBe(true);
    expect(stage.ledger.count('kill', 'heir')).toBe(1);
  });

  it('ends every hold with it, and says why', async () => {
    const stage = new Stage();
    const [owner, heir] = await stage.actors('owner', 'heir');
    const { session, holds } = await holdAll(stage, owner);
    expect(await stage.run(session.close())).toEqual({ outcome: 'released' });
    for (const hold of holds) {
      expect(hold.remainingMs()).toBe(0);
      expect(hold.signal.reason).toBeInstanceOf(LeaseLostError);
      expect(hold.signal.reason).toMatchObject({ reason: 'session-ended' });
    }
    const taken = await stage.run(acquireAll(heir), 20_000);
    expect(taken.map((hold, index) => hold.token > (holds[index]?.token ?? 0))).toEqual(
      NAMES.map(() => true),
    );
  });

  it('grants nothing once it is closed', async () => {
    const stage = new Stage();
    const [owner] = await stage.actors('owner');
    const { session } = await holdAll(stage, owner, []);
    await stage.run(session.close());
    const late = owner.holdfast.lock('late').acquire({ under: session });
    await expect(stage.run(late)).rejects.toSatisfy((error) => isHoldfastError(error, 'closed'));
  });

  it('is lost when the program says that it makes no progress', async () => {
    const stage = new Stage();
    const [owner] = await stage.actors('owner');
    const { session, holds } = await holdAll(stage, owner);
    session.beatOnlyIf(() => false);
    await stage.advance(LEASE_MS);
    expect(session.signal.reason).toMatchObject({ reason: 'not-renewed' });
    expect(String(session.signal.reason)).toContain('no progress');
    expect(holds.every((hold) => hold.signal.aborted)).toBe(true);
  });

  it('begins a new life after a loss when told to, without what it held', async () => {
    const stage = new Stage();
    const [owner] = await stage.actors('owner');
    const session = await stage.run(
      owner.holdfast.session({ leaseMs: LEASE_MS, onLost: 'rejoin' }),
      10_000,
    );
    const firstLife = session.id;
    const hold = await stage.run(owner.holdfast.lock('it').acquire({ under: session }), 10_000);
    owner.clock.pause();
    await stage.advance(2 * LEASE_MS);
    owner.clock.resume();
    await stage.until(() => session.id !== firstLife);
    expect(hold.signal.reason).toMatchObject({ reason: 'session-ended' });
    const again = await stage.run(owner.holdfast.lock('it').acquire({ under: session }), 10_000);
    expect(again.token).toBeGreaterThan(hold.token);
  });

  it('refuses a lease of its own for what is taken under it', async () => {
    const stage = new Stage();
    const [owner] = await stage.actors('owner');
    const session = await begin(stage, owner);
    const both = owner.holdfast.lock('it').acquire({ under: session, leaseMs: 5_000 });
    await expect(both).rejects.toBeInstanceOf(InvalidArgumentError);
  });
});

guarantee(
  'rule 20: a hold is taken only after its session has been killed',
  { without: ['session-not-killed-before-take', 'session-killed-unconditionally'] },
  async (library) => {
    const stage = new Stage(library);
    const [owner] = await stage.actors('owner');
    // Death is judged by observation alone, which the owner's beats must be able to refute.
    stage.dated = false;
    const heir = stage.actor('heir');
    const { holds } = await holdAll(stage, owner, ['it']);
    const wait = stage.wait(heir);
    await stage.until(() => stage.ledger.count('enqueue', 'heir') > 0);
    // Between two looks of the heir, no beat of the owner arrives.
    owner.network.isolate();
    const reads = stage.ledger.count('read', 'heir');
    await stage.until(() => stage.ledger.count('read', 'heir') > reads);
    owner.network.heal();
    // The answer to the second look reaches the heir after a pause that is longer than the lease.
    heir.clock.pause();
    await stage.advance(LEASE_MS + 2_000);
    heir.clock.resume('answers-first');
    const granted = await stage.granted(wait, 500);
    if (holds[0]?.signal.aborted !== false) throw new Error('the owner lost its session');
    return granted === undefined;
  },
);

guarantee(
  'a hold under a session is not dead for giving no sign of life of its own',
  { without: 'session-hold-judged-by-its-own-row' },
  async (library) => {
    const stage = new Stage(library);
    const [owner, heir] = await stage.actors('owner', 'heir');
    const { holds } = await holdAll(stage, owner, ['it']);
    const wait = stage.wait(heir);
    const granted = await stage.granted(wait, 4 * LEASE_MS);
    return granted === undefined && (holds[0]?.remainingMs() ?? 0) > 0;
  },
);

guarantee(
  'a session of the shortest lease lives on while nothing is wrong',
  { without: 'session-beats-by-lease-alone' },
  async (library) => {
    const stage = new Stage(library);
    const owner = stage.actor('owner', { requestTimeoutMs: 500 });
    await stage.run(owner.holdfast.lock('earlier').holder());
    const session = await stage.run(owner.holdfast.session({ leaseMs: 2_000 }), 10_000);
    // It knows the table's time well, so the date of an answer may show that little is left.
    for (let look = 0; look < 600; look += 1) {
      owner.network.onNextWrite({ kind: 'delay-answer', byMs: 60 });
      await stage.run(owner.holdfast.lock('earlier').holder());
      await stage.advance(100);
    }
    return session.remainingMs() > 0;
  },
);

guarantee(
  'what a late copy of a refused try takes under a living session comes free again',
  { without: 'session-ghost-believed' },
  async (library) => {
    const stage = new Stage(library);
    const [owner] = await stage.actors('owner');
    const { session, holds } = await holdAll(stage, owner, ['it']);
    const lock = owner.holdfast.lock('it');
    owner.network.onNextWrite({ kind: 'duplicate', afterMs: 1_000 }, named('acquire'));
    const { acquired } = await stage.run(lock.tryAcquire({ under: session }));
    await stage.run(Promise.all(holds.map((hold) => hold.release())));
    await stage.advance(2_000);
    const holder = await stage.run(lock.holder());
    if (acquired || holder === undefined) throw new Error('the copy has taken nothing');
    const granted = await stage.granted(stage.wait(owner), 2 * LEASE_MS);
    return granted !== undefined;
  },
);

guarantee(
  'rule 19: the signal of a hold aborts before others can take it from its session',
  { without: 'session-end-not-passed-on' },
  async (library) => {
    const stage = new Stage(library);
    const [owner, heir] = await stage.actors('owner', 'heir');
    const { holds } = await holdAll(stage, owner, ['it']);
    owner.network.isolate();
    const granted = await stage.granted(stage.wait(heir), 4 * LEASE_MS);
    if (granted === undefined) throw new Error('nobody took over from the isolated owner');
    return holds[0]?.signal.aborted === true;
  },
);

guarantee(
  'rule 19: the late duplicate of its beginning does not bring a killed session back',
  { without: 'acquire-without-token-clause' },
  async (library) => {
    const stage = new Stage(library);
    const [owner, heir] = await stage.actors('owner', 'heir');
    owner.network.onNextWrite({ kind: 'duplicate', afterMs: 60_000 }, named('acquire'));
    await holdAll(stage, owner, ['it']);
    owner.die();
    if ((await stage.granted(stage.wait(heir), 30_000)) === undefined) throw new Error('no heir');
    await stage.advance(60_000);
    const rows = stage.table.snapshot().filter(({ sk }) => sk === 'session');
    return rows.length === 1 && rows[0]?.owner === undefined;
  },
);
