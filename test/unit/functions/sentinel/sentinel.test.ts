import { describe, expect, test } from 'vitest';
import { sleep } from '../../../../lib/core/clock.ts';
import { guarantee } from '../../../planted/control.ts';
import { BOUND_MS, INTERVAL_MS, QUIET_MS, SentinelStage } from '../../support/sentinels.ts';

describe('the sentinel', () => {
  test('finds the dead of a group that nobody follows, and goes when all are gone', async () => {
    const stage = new SentinelStage();
    const [a, b] = await stage.actors('a', 'b');
    const membership = await stage.enters(a);
    await stage.enters(b);
    await stage.advance(60_000);
    expect(stage.links).toBe(1);
    b.die();
    await stage.advance(BOUND_MS);
    expect([stage.isMember('a'), stage.isMember('b')]).toEqual([true, false]);
    expect(stage.rows('head')[0]).toMatchObject({ expired: [expect.any(String)] });
    await stage.run(membership.leave());
    await stage.advance(QUIET_MS);
    expect(stage.chain).toMatchObject({ runs: false });
    expect(stage.queue.pending).toEqual([]);
    const { steps } = stage;
    await stage.advance(3_600_000);
    expect(stage.steps).toBe(steps);
  });

  test('comes again with the next join, under a number that no message has', async () => {
    const stage = new SentinelStage();
    const [a, b] = await stage.actors('a', 'b');
    const membership = await stage.enters(a);
    await stage.run(membership.leave());
    await stage.advance(QUIET_MS);
    const { chain } = stage.chain;
    await stage.enters(b);
    await stage.advance(INTERVAL_MS);
    expect(stage.chain.runs).toBe(true);
    expect(stage.chain.chain).toBeGreaterThan(chain);
    expect(stage.links).toBe(1);
  });

  test('is one for a group, however many join at once', async () => {
    const stage = new SentinelStage();
    const actors = await stage.actors('a', 'b', 'c', 'd', 'e');
    await stage.run(Promise.all(actors.map((actor) => stage.enters(actor))), 60_000);
    await stage.advance(QUIET_MS);
    expect(stage.links).toBe(1);
    expect(stage.served.filter((served) => served === 'begun')).toHaveLength(1);
  });

  test('leaves the sweep to those who follow the group', async () => {
    const stage = new SentinelStage();
    const [a] = await stage.actors('a');
    await stage.enters(a);
    await stage.run(stage.group(a).follow());
    await stage.advance(60_000);
    expect(stage.rows('sweep')[0]).toMatchObject({ sweptBy: 'a' });
    expect(stage.links).toBe(1);
  });

  test('asks for little: six requests and a message an interval', async () => {
    const stage = new SentinelStage();
    const [a] = await stage.actors('a');
    await stage.enters(a);
    await stage.advance(60_000);
    const before = stage.steps;
    await stage.advance(10 * INTERVAL_MS);
    // Chain, sweep, claim, query, who is there, turn, and the message.
    expect(stage.steps - before).toBe(70);
  });
});

describe('a chain', () => {
  test('whose message was lost goes on within the hour, and only then', async () => {
    const stage = new SentinelStage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.enters(a);
    await stage.enters(b);
    await stage.advance(INTERVAL_MS);
    expect(await stage.restart()).toBe(0);
    stage.queue.loses = () => true;
    await stage.advance(2 * INTERVAL_MS);
    stage.queue.loses = () => false;
    expect(stage.links).toBe(0);
    b.die();
    await stage.advance(600_000);
    expect(stage.isMember('b')).toBe(true);
    expect(await stage.restart()).toBe(1);
    await stage.advance(QUIET_MS);
    expect([stage.isMember('b'), stage.links]).toEqual([false, 1]);
  });

  test('that the schedule takes for lost, and is not, stays one', async () => {
    const stage = new SentinelStage();
    const [a] = await stage.actors('a');
    await stage.enters(a);
    await stage.advance(INTERVAL_MS);
    stage.dated = false;
    expect(await stage.restart()).toBe(1);
    await stage.advance(QUIET_MS);
    expect(stage.links).toBe(1);
  });
});

guarantee(
  'sentinel: copies of a message die out',
  { without: ['sentinel-copies-send-on', 'sentinel-turn-taken-by-all'] },
  async (library) => {
    const stage = new SentinelStage(library);
    const [a] = await stage.actors('a');
    await stage.enters(a);
    stage.queue.copies = () => 2;
    await stage.advance(3 * INTERVAL_MS);
    stage.queue.copies = () => 1;
    await stage.advance(QUIET_MS);
    return stage.links === 1;
  },
);

guarantee(
  'sentinel: a chain ends when nobody is left',
  { without: 'sentinel-never-ends' },
  async (library) => {
    const stage = new SentinelStage(library);
    const [a] = await stage.actors('a');
    const membership = await stage.enters(a);
    await stage.run(membership.leave());
    await stage.advance(QUIET_MS);
    return stage.links === 0 && !stage.chain.runs;
  },
);

guarantee(
  'sentinel: whoever joins while the chain is about to end is looked after',
  { without: 'sentinel-end-overlooks-joins' },
  async (library) => {
    const stage = new SentinelStage(library);
    const [a, b] = await stage.actors('a', 'b');
    const membership = await stage.enters(a);
    await stage.run(membership.leave());
    let joining: Promise<unknown> | undefined;
    stage.afterSweep = async () => {
      if (joining !== undefined) return;
      joining = stage.group(b).join({ id: 'b', leaseMs: 6_000 });
      await joining;
      stage.tellOfJoin();
      await sleep(stage.clock, 1_000);
    };
    await stage.advance(QUIET_MS);
    if (joining === undefined) throw new Error('nobody has looked after the group');
    return stage.links === 1;
  },
);

guarantee(
  'sentinel: a chain that is begun goes on, wherever its process dies',
  { without: ['sentinel-begun-and-forgotten', 'sentinel-turn-lost-in-a-crash'] },
  async (library) => {
    // The join's message takes three steps, and a link's seven.
    for (let step = 1; step <= 10; step += 1) {
      const stage = new SentinelStage(library);
      stage.crashAt = (at) => (at === step ? 'before' : undefined);
      const [a] = await stage.actors('a');
      await stage.enters(a);
      await stage.advance(2 * QUIET_MS);
      if (stage.crashes !== 1) throw new Error(`nobody has died at step ${step}`);
      if (stage.links !== 1) return false;
    }
    return true;
  },
);

guarantee(
  'sentinel: a chain whose message was lost is found by the schedule',
  { without: 'sentinel-halt-unnoticed' },
  async (library) => {
    const stage = new SentinelStage(library);
    const [a] = await stage.actors('a');
    await stage.enters(a);
    stage.queue.loses = (body) => body.includes('link');
    await stage.advance(600_000);
    stage.queue.loses = () => false;
    const lost = stage.links;
    await stage.restart();
    return lost === 0 && stage.links === 1;
  },
);
