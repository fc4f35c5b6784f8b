import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { config } from '../../../lib/config/index.ts';
import {
  fullAfterMs,
  percentAfter,
  type RolloutSchedule,
  shareOf,
} from '../../../lib/config/rollout.ts';
import { guarantee } from '../../planted/control.ts';
import { Configs } from '../support/configs.ts';
import { Call } from '../support/pools.ts';

const LINEAR = { kind: 'linear', percent: 10, everyMs: 60_000 } as const;
const UNITS = Array.from({ length: 1_000 }, (_, index) => `user-${index}`);

guarantee(
  'a rollout: a unit that has changed over stays there while the share grows',
  { without: 'rollout-side-by-time' },
  async (library) => {
    const configs = new Configs(library);
    const [a] = await configs.stage.actors('a');
    const limits = configs.of(a, { pollMs: 1_000 });
    await configs.publishes(limits, 1);
    const rollout = { schedule: LINEAR };
    await configs.stage.run(limits.publish({ uploads: 2 }, { rollout }));
    await configs.stage.advance(5_000);
    let over = 0;
    let back = 0;
    for (const unit of UNITS.slice(0, 50)) {
      const versions: number[] = [];
      for (let step = 0; step < 8; step += 1) {
        versions.push((await configs.stage.run(limits.valueFor(unit))).version);
        await configs.stage.advance(1_250);
      }
      if (versions.includes(2)) over += 1;
      if (versions.some((version, index) => version < (versions[index - 1] ?? 0))) back += 1;
    }
    if (over === 0) throw new Error('no unit has changed over');
    return back === 0;
  },
);

guarantee(
  'a rollout: a process that loses the time stays on its side',
  { without: 'rollout-side-forgotten' },
  async (library) => {
    const configs = new Configs(library);
    const [a, b] = await configs.stage.actors('a', 'b');
    const [limits, reader] = [configs.of(a), configs.of(b, { pollMs: 1_000 })];
    await configs.publishes(limits, 1);
    await configs.stage.run(reader.ready());
    const schedule = { kind: 'linear', percent: 100, everyMs: 60_000 } as const;
    await configs.stage.run(limits.publish({ uploads: 2 }, { rollout: { schedule } }));
    await configs.stage.advance(5_000);
    if (reader.version !== 2) throw new Error('the process has not changed over');
    configs.stage.dated = false;
    await configs.stage.advance(180_000);
    return reader.version === 2;
  },
);

describe('the schedule of a rollout', () => {
  const exponential = { kind: 'exponential', percent: 5, everyMs: 1_000 } as const;
  const steps: RolloutSchedule = {
    kind: 'steps',
    steps: [
      { percent: 1, forMs: 100 },
      { percent: 50, forMs: 200 },
    ],
  };

  test.each([
    [LINEAR, [0, 59_999, 60_000, 539_999, 540_000], [10, 10, 20, 90, 100], 540_000],
    [exponential, [0, 999, 1_000, 4_000, 5_000], [5, 5, 10, 80, 100], 5_000],
    [steps, [0, 99, 100, 299, 300], [1, 1, 50, 50, 100], 300],
  ] as const)('%o grows as it says', (schedule, times, percents, fullMs) => {
    expect(times.map((time) => percentAfter(schedule, time))).toEqual(percents);
    expect(fullAfterMs(schedule)).toBe(fullMs);
    expect(percentAfter(schedule, fullMs)).toBe(100);
  });

  test('finds the share that it says among a thousand units, each time other ones', () => {
    const chosen = (salt: string) => UNITS.filter((unit) => shareOf(salt, unit) < 0.2);
    // Five standard deviations of a fair choice are 63.
    expect(Math.abs(chosen('one').length - 200)).toBeLessThan(63);
    const again = chosen('two').filter((unit) => chosen('one').includes(unit));
    expect(again.length).toBeLessThan(100);
  });
});

describe('a staged rollout', () => {
  async function fleet(size: number) {
    const configs = new Configs();
    const labels = Array.from({ length: size }, (_, index) => `p${index}`);
    const actors = labels.map((label) => configs.stage.actor(label));
    const all = actors.map((actor) => configs.of(actor, { pollMs: 1_000, report: true }));
    const first = all[0] as (typeof all)[number];
    await configs.publishes(first, 1);
    for (const each of all) await configs.stage.run(each.ready());
    const count = () => all.filter((each) => each.current.uploads === 2).length;
    return { configs, actors, first, count, stage: configs.stage };
  }

  test('reaches half of the processes, is aborted by one write, and all are back', async () => {
    const { configs, first, count, stage } = await fleet(40);
    const schedule = { kind: 'steps', steps: [{ percent: 50, forMs: 600_000 }] } as const;
    await stage.run(first.publish({ uploads: 2 }, { rollout: { schedule } }));
    await stage.advance(5_000);
    // Four standard deviations of a fair choice are 13.
    expect(Math.abs(count() - 20)).toBeLessThan(13);
    const reached = count();
    await stage.advance(60_000);
    expect(count()).toBe(reached);
    const found = await stage.run(first.converged({ version: 2, quorum: 0.1, timeoutMs: 0 }));
    expect(found).toMatchObject({ outcome: 'converged', applied: reached, total: 40 });
    stage.ledger.clear();
    expect(await stage.run(first.rollout.abort())).toEqual({ state: 'aborted', from: 1, to: 2 });
    expect(stage.ledger.bill('p0').writeUnits).toBe(1);
    await stage.advance(3_000);
    expect(count()).toBe(0);
    const back = await stage.run(first.converged({ version: 1 }));
    expect(back).toMatchObject({ outcome: 'converged', applied: 40 });
    const before = configs.head().revision;
    await stage.run(first.rollout.abort());
    expect(configs.head().revision).toBe(before);
    expect((await stage.run(first.publish({ uploads: 3 }))).version).toBe(3);
  });

  test('takes its first step at once, also for who has just learned the time', async () => {
    const { configs, first, stage } = await fleet(1);
    const schedule = { kind: 'linear', percent: 100, everyMs: 600_000 } as const;
    await stage.run(first.publish({ uploads: 2 }, { rollout: { schedule } }));
    const late = configs.of(configs.stage.actor('late'));
    expect((await stage.run(late.get({ maxAgeMs: 0 }))).version).toBe(2);
  });

  test('is no part of later changes once it was aborted', async () => {
    const { configs, first, stage } = await fleet(1);
    const next = { uploads: 2, mistake: true };
    await stage.run(first.publish(next, { rollout: { schedule: LINEAR } }));
    await stage.run(first.rollout.abort());
    await stage.run(first.patch({ downloads: 7 }));
    expect(configs.head().version).toBe(3);
    const { value } = await stage.run(first.get({ maxAgeMs: 0 }));
    expect(value).toEqual({ uploads: 1, downloads: 7 });
  });

  test('pauses, resumes and finishes', async () => {
    const { first, count, stage } = await fleet(30);
    const schedule = { kind: 'linear', percent: 20, everyMs: 10_000 } as const;
    await stage.run(first.publish({ uploads: 2 }, { rollout: { schedule } }));
    await stage.advance(15_000);
    expect(await stage.run(first.rollout.pause())).toMatchObject({ state: 'paused' });
    await stage.advance(2_000);
    const reached = count();
    await stage.advance(100_000);
    expect(count()).toBe(reached);
    await stage.run(first.rollout.resume());
    await stage.advance(13_000);
    expect(count()).toBeGreaterThan(reached);
    expect(count()).toBeLessThan(30);
    await stage.run(first.rollout.finish());
    await stage.advance(3_000);
    expect(count()).toBe(30);
    const missing = stage.run(first.rollout.abort());
    await expect(missing).rejects.toMatchObject({ code: 'rollout-missing' });
  });

  test('is in the way of other versions, unless they supersede it or it is done', async () => {
    const { first, count, stage } = await fleet(5);
    const rollout = { schedule: LINEAR, bakeMs: 30_000 };
    await stage.run(first.publish({ uploads: 2 }, { rollout }));
    const early = first.publish({ uploads: 3 });
    await expect(stage.run(early)).rejects.toMatchObject({ code: 'rollout-active' });
    await stage.run(first.publish({ uploads: 4 }, { supersede: true }));
    await stage.run(first.publish({ uploads: 2 }, { rollout }));
    await stage.advance(545_000);
    expect(count()).toBe(5);
    const baking = first.publish({ uploads: 3 });
    await expect(stage.run(baking)).rejects.toMatchObject({ code: 'rollout-active' });
    await stage.advance(30_000);
    expect((await stage.run(first.publish({ uploads: 5 }))).version).toBe(5);
  });

  test('is aborted by the first process that rejects it', async () => {
    const { configs, first, count, stage } = await fleet(10);
    const schema = z.object({ uploads: z.number().max(1) });
    const actor = configs.stage.actor('strict');
    const strict = config(actor.holdfast, 'it', { schema, pollMs: 1_000, report: true });
    await stage.run(strict.ready());
    const schedule = { kind: 'steps', steps: [{ percent: 100, forMs: 600_000 }] } as const;
    const rollout = { schedule, abortOnReject: true };
    await stage.run(first.publish({ uploads: 2 }, { rollout }));
    await stage.advance(5_000);
    expect(configs.head().rollout?.state).toBe('aborted');
    expect([count(), strict.current.uploads]).toEqual([0, 1]);
  });

  test('is aborted when a program rejects the version by its own look', async () => {
    const { configs, first, count, stage } = await fleet(4);
    const schedule = { kind: 'steps', steps: [{ percent: 100, forMs: 600_000 }] } as const;
    const rollout = { schedule, abortOnReject: true };
    await stage.run(first.publish({ uploads: 2 }, { rollout }));
    await stage.advance(3_000);
    expect(count()).toBe(4);
    await stage.run(first.acknowledge({ reject: 'too many errors' }));
    await stage.advance(3_000);
    expect([count(), configs.head().rollout?.state]).toEqual([0, 'aborted']);
  });

  test.each(['drop', 'lose-answer', 'error-after'] as const)(
    'is aborted once, although the write met: %s',
    async (kind) => {
      const { configs, first, actors, stage } = await fleet(2);
      await stage.run(first.publish({ uploads: 2 }, { rollout: { schedule: LINEAR } }));
      actors[0]?.network.onNextWrite({ kind });
      await stage.run(first.rollout.abort());
      expect(configs.head().rollout?.state).toBe('aborted');
      expect(configs.head().log.filter(({ what }) => what === 'aborted')).toHaveLength(1);
    },
  );
});

describe('waiting for a version to be everywhere', () => {
  test('ends with the first rejection, and publishes the version before', async () => {
    const configs = new Configs();
    const [a, b] = await configs.stage.actors('a', 'b');
    const schema = z.object({ uploads: z.number().max(1) });
    const strict = config(b.holdfast, 'it', { schema, pollMs: 1_000, report: true });
    const limits = configs.of(a, { pollMs: 1_000, report: true });
    await configs.publishes(limits, 1);
    await configs.stage.run(Promise.all([limits.ready(), strict.ready()]));
    await configs.publishes(limits, 2);
    const waiting = limits.converged({ version: 2, readersMin: 2, onReject: 'rollback' });
    const result = await configs.stage.run(waiting);
    expect(result).toMatchObject({ outcome: 'rejected', rejected: [{ label: 'b', version: 2 }] });
    expect(result.rejected[0]?.issues[0]).toMatch(/^uploads: /);
    await configs.stage.advance(3_000);
    expect([limits.version, strict.version]).toEqual([3, 3]);
    expect(limits.current).toEqual({ uploads: 1 });
  });

  test('ends when its time is over, with who is missing', async () => {
    const configs = new Configs();
    const [a, b] = await configs.stage.actors('a', 'b');
    const [one, other] = [a, b].map((actor) => configs.of(actor, { pollMs: 1_000, report: true }));
    if (one === undefined || other === undefined) throw new Error('two are needed');
    await configs.publishes(one, 1);
    await configs.stage.run(Promise.all([one.ready(), other.ready()]));
    b.network.isolate();
    await configs.publishes(one, 2);
    const late = new Call(one.converged({ timeoutMs: 10_000 }));
    await configs.stage.advance(11_000);
    expect(late.result).toMatchObject({ outcome: 'timeout', applied: 1, total: 2 });
    b.network.heal();
    const half = await configs.stage.run(one.converged({ quorum: 0.5 }));
    expect(half.outcome).toBe('converged');
    const readers = await configs.stage.run(one.readers());
    expect(readers.map(({ label }) => label).sort()).toEqual(['a', 'b']);
    await configs.stage.run(b.holdfast.close());
    expect(await configs.stage.run(one.readers())).toHaveLength(1);
  });
});
