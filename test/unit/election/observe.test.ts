import { describe, expect, test } from 'vitest';
import type { Leader, ObserveOptions } from '../../../lib/index.ts';
import { guarantee } from '../../planted/control.ts';
import type { Actor } from '../support/actor.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

const POLL_MS = 100;

/** What an observer has been told so far, in short: `value version`, or `nobody`. */
class Observation {
  readonly news: string[] = [];
  readonly seen: (Leader | undefined)[] = [];
  error: unknown;
  isOver = false;

  constructor(actor: Actor, options: ObserveOptions = {}) {
    this.#follow(actor, options).then(
      () => {
        this.isOver = true;
      },
      (error: unknown) => {
        this.error = error;
      },
    );
  }

  async #follow(actor: Actor, options: ObserveOptions): Promise<void> {
    const leaders = actor.holdfast.election('it').observe({ pollMs: POLL_MS, ...options });
    for await (const leader of leaders) {
      this.seen.push(leader);
      this.news.push(leader === undefined ? 'nobody' : `${leader.value} ${leader.version}`);
    }
  }
}

guarantee(
  'an observer does not turn back to the leader of an earlier term',
  { without: 'observer-goes-back' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const leadership = await stage.leads(a);
    const wait = await stage.campaigns(b);
    const observation = new Observation(c);
    await stage.advance(2_000);
    await stage.run(leadership.resign());
    if ((await stage.granted(wait, 2_000)) === undefined) throw new Error('nobody follows');
    await stage.advance(300);
    c.network.onNextRead({ kind: 'stale', ageMs: 1_500 }, named('look'));
    await stage.advance(1_000);
    return observation.news.filter((news) => news !== 'nobody').join() === 'a 1,b 1';
  },
);

guarantee(
  'an observer does not turn back to a leader who has resigned',
  { without: 'ended-term-revived' },
  async (library) => {
    const stage = new Stage(library);
    const [a, c] = await stage.actors('a', 'c');
    const leadership = await stage.leads(a);
    const observation = new Observation(c);
    await stage.advance(2_000);
    await stage.run(leadership.resign());
    await stage.advance(300);
    c.network.onNextRead({ kind: 'stale', ageMs: 1_000 }, named('look'));
    await stage.advance(1_000);
    return observation.news.join() === 'a 1,nobody';
  },
);

guarantee(
  'an observer does not turn back to what the leader said before',
  { without: 'old-proclamation-shown' },
  async (library) => {
    const stage = new Stage(library);
    const [a, c] = await stage.actors('a', 'c');
    const leadership = await stage.leads(a);
    const observation = new Observation(c);
    await stage.advance(2_000);
    await stage.run(leadership.proclaim('news'));
    await stage.advance(300);
    c.network.onNextRead({ kind: 'stale', ageMs: 1_000 }, named('look'));
    await stage.advance(1_000);
    return observation.news.join() === 'a 1,news 2';
  },
);

guarantee(
  'an observer does not take a living leader for dead on the word of a replica that lags',
  { without: 'leader-dead-by-stale-read' },
  async (library) => {
    const stage = new Stage(library);
    const [a, c] = await stage.actors('a', 'c');
    await stage.leads(a);
    const observation = new Observation(c);
    await stage.advance(60_000);
    c.network.onNextRead({ kind: 'stale', ageMs: 30_000 }, named('look'));
    await stage.advance(1_000);
    return observation.news.join() === 'a 1';
  },
);

describe('an observer', () => {
  test('is told who leads, then every change it sees, and nothing twice', async () => {
    const stage = new Stage();
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const observation = new Observation(c);
    await stage.advance(500);
    expect(observation.news).toEqual(['nobody']);
    const leadership = await stage.leads(a);
    const wait = await stage.campaigns(b);
    await stage.advance(10_000);
    await stage.run(leadership.proclaim('moved'));
    await stage.advance(10_000);
    await stage.run(leadership.resign());
    await stage.granted(wait, 2_000);
    await stage.advance(20_000);
    expect(observation.news.filter((news) => news !== 'nobody')).toEqual(['a 1', 'moved 2', 'b 1']);
    const terms = observation.seen.flatMap((leader) => leader?.term ?? []);
    expect(terms).toEqual([leadership.term, leadership.term, wait.hold?.term]);
  });

  test('is told that nobody leads once a dead leader’s lease is over', async () => {
    const stage = new Stage();
    const [a, c] = await stage.actors('a', 'c');
    await stage.leads(a);
    const observation = new Observation(c);
    await stage.advance(1_000);
    a.die();
    await stage.advance(14_000);
    expect(observation.news).toEqual(['a 1']);
    await stage.advance(4_000);
    expect(observation.news).toEqual(['a 1', 'nobody']);
  });

  test('outlives an outage, and looks more rarely meanwhile', async () => {
    const stage = new Stage();
    const [a, c] = await stage.actors('a', 'c');
    const leadership = await stage.leads(a);
    const observation = new Observation(c);
    await stage.advance(1_000);
    c.network.isolate();
    await stage.advance(60_000);
    await stage.run(leadership.proclaim('after'));
    c.network.heal();
    await stage.advance(5_000);
    expect(observation.news).toEqual(['a 1', 'after 2']);
  });

  test('is told of a permission that it lacks', async () => {
    const stage = new Stage();
    const [c] = await stage.actors('c');
    c.failing = { reason: 'access-denied', retryable: false, message: 'not authorised' };
    const observation = new Observation(c);
    await stage.advance(100);
    expect(observation.error).toMatchObject({ code: 'access-denied' });
  });

  test('looks for half a unit each, and for a whole one at first', async () => {
    const stage = new Stage();
    const [a, c] = await stage.actors('a', 'c');
    await stage.leads(a);
    stage.ledger.clear();
    new Observation(c, { pollMs: 1_000 });
    await stage.advance(60_000);
    const { requests, readUnits, writeUnits } = stage.ledger.bill('c');
    expect(requests).toBeGreaterThan(50);
    expect(requests).toBeLessThan(72);
    expect({ readUnits, writeUnits }).toEqual({ readUnits: 1 + (requests - 1) / 2, writeUnits: 0 });
  });

  test('ends with its signal, and with its instance', async () => {
    const stage = new Stage();
    const [c, d] = await stage.actors('c', 'd');
    const abort = new AbortController();
    const observations = [new Observation(c, { signal: abort.signal }), new Observation(d)];
    await stage.advance(1_000);
    abort.abort();
    await stage.run(d.holdfast.close());
    await stage.advance(1);
    expect(observations.map(({ isOver }) => isOver)).toEqual([true, true]);
    expect(stage.clock.pendingTimers).toBe(0);
  });
});
