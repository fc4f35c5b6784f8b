import { describe, expect, test } from 'vitest';
import { GroupStage, LEASE_MS, SWEEP_MS, Told } from '../support/groups.ts';

describe('a group', () => {
  test('shows who has joined, changed and left, and tells it in order', async () => {
    const stage = new GroupStage();
    const [a, b, watcher] = await stage.actors('a', 'b', 'w');
    const told = stage.watches(watcher);
    await stage.advance(100);
    const first = await stage.enters(a, { address: 'a:1', zone: 'east', meta: { disk: 1 } });
    await stage.advance(1_500);
    const second = await stage.enters(b);
    await stage.advance(1_500);
    await stage.run(first.update({ weight: 3 }));
    await stage.advance(1_500);
    expect(await stage.run(second.leave())).toEqual({ outcome: 'left' });
    await stage.advance(1_500);
    expect(told.words).toEqual(['snapshot', 'joined a', 'joined b', 'updated a', 'left b']);
    expect(stage.group(watcher).current?.members).toMatchObject([
      { id: 'a', state: 'active', address: 'a:1', zone: 'east', weight: 3, meta: { disk: 1 } },
    ]);
    expect(stage.rows('beat')).toHaveLength(1);
  });

  test.each([0, 400, 800, 1_200, 1_600, 2_000])(
    'tells every watcher of a death within the lease, a sweep interval and 500 ms: %i',
    async (phaseMs) => {
      const stage = new GroupStage();
      const [a, b, one, other] = await stage.actors('a', 'b', 'one', 'other');
      const watchers = [one, other].map((each) => {
        return new Told(stage.group(each, { pollMs: 300 }).watch());
      });
      await stage.enters(a);
      await stage.enters(b);
      await stage.advance(20_000 + phaseMs);
      a.die();
      const diedMs = stage.clock.monotonicMs();
      await stage.until(() => watchers.every(({ words }) => words.includes('expired a')));
      const tookMs = stage.clock.monotonicMs() - diedMs;
      expect(tookMs).toBeLessThan(LEASE_MS + SWEEP_MS + 500);
      expect(tookMs).toBeGreaterThan(LEASE_MS / 2);
      for (const { words } of watchers) expect(words).not.toContain('expired b');
    },
  );
});

describe('many deaths at once', () => {
  test('are held back for one interval, and then believed', async () => {
    const stage = new GroupStage();
    const [a, b, watcher] = await stage.actors('a', 'b', 'w');
    const told = stage.watches(watcher);
    for (let index = 0; index < 10; index += 1) await stage.enters(a, { id: `a-${index}` });
    await stage.enters(b);
    await stage.advance(10_000);
    a.die();
    await stage.until(() => told.words.some((words) => words.startsWith('expired')));
    const gone = () => told.words.filter((words) => words.startsWith('expired')).length;
    const firstMs = stage.clock.monotonicMs();
    expect(gone()).toBe(1);
    await stage.until(() => gone() === 10);
    expect(stage.clock.monotonicMs() - firstMs).toBeLessThan(3 * SWEEP_MS);
    expect(await stage.sees(watcher)).toEqual(['b']);
  });
});

describe('a membership', () => {
  test('joins again, as a new life, when its process stood still for too long', async () => {
    const stage = new GroupStage();
    const [a, watcher] = await stage.actors('a', 'w');
    const told = stage.watches(watcher);
    const membership = await stage.enters(a);
    const { signal, generation, incarnation } = membership;
    await stage.advance(2_000);
    a.clock.pause();
    await stage.advance(2 * LEASE_MS);
    a.clock.resume();
    await stage.advance(3_000);
    expect(signal.reason).toMatchObject({ code: 'lease-lost', reason: 'paused' });
    expect(membership.state).toBe('joined');
    expect(membership.signal.aborted).toBe(false);
    expect(membership.generation).toBeGreaterThan(generation);
    expect(membership.incarnation).not.toBe(incarnation);
    expect(membership.eventLoopDelayMs).toBeGreaterThan(LEASE_MS);
    expect(told.words).toEqual(['snapshot', 'joined a', 'expired a', 'joined a']);
  });

  test('ends instead, where that is asked for', async () => {
    const stage = new GroupStage();
    const [a] = await stage.actors('a');
    const membership = await stage.enters(a, { onLost: 'end' });
    a.network.isolate();
    await stage.advance(2 * LEASE_MS);
    a.network.heal();
    await stage.advance(2 * LEASE_MS);
    expect(membership.state).toBe('ended');
    const lost = { code: 'lease-lost', reason: 'not-renewed' };
    await expect(stage.run(membership.update({ weight: 2 }))).rejects.toMatchObject(lost);
  });

  test('tells what was changed while it was lost, once it is back', async () => {
    const stage = new GroupStage();
    const [a, watcher] = await stage.actors('a', 'w');
    const membership = await stage.enters(a);
    a.network.isolate();
    await stage.until(() => membership.signal.aborted);
    await stage.advance(100);
    expect(membership.state).toBe('rejoining');
    const updating = membership.update({ zone: 'west' });
    a.network.heal();
    await stage.run(updating, 30_000);
    await stage.advance(5_000);
    const { members } = await stage.run(stage.group(watcher).view());
    expect(members).toMatchObject([{ id: 'a', zone: 'west' }]);
  });

  test('drains before it leaves, and says so to everybody', async () => {
    const stage = new GroupStage();
    const [a, watcher] = await stage.actors('a', 'w');
    const told = stage.watches(watcher);
    const membership = await stage.enters(a);
    await stage.advance(1_500);
    expect(await stage.run(membership.drain(2_000))).toEqual({ outcome: 'left' });
    await stage.advance(1_500);
    expect(told.words).toEqual(['snapshot', 'joined a', 'updated a', 'left a']);
    expect(told.events[2]).toMatchObject({ member: { state: 'draining' } });
    expect(membership.state).toBe('left');
    expect(await stage.run(membership.leave())).toEqual({ outcome: 'left' });
  });

  test('leaves when its block ends, and when its instance closes', async () => {
    const stage = new GroupStage();
    const [a, b] = await stage.actors('a', 'b');
    {
      const membership = await stage.enters(a);
      await stage.run(membership[Symbol.asyncDispose]());
    }
    expect(await stage.sees(b)).toEqual([]);
    await stage.enters(a);
    const report = await stage.run(a.holdfast.close());
    expect(report).toEqual({ released: 1, unreleased: [] });
    expect(await stage.sees(b)).toEqual([]);
    expect(stage.rows('beat')).toEqual([]);
    await expect(stage.group(a).join()).rejects.toMatchObject({ code: 'closed' });
  });

  test('is not left behind by a join that was under way when the instance closed', async () => {
    const stage = new GroupStage();
    const [a, b] = await stage.actors('a', 'b');
    const joining = stage.group(a).join({ id: 'a', leaseMs: LEASE_MS });
    const outcome = expect(joining).rejects.toMatchObject({ code: 'closed' });
    await stage.until(() => stage.rows('member').length === 1);
    await stage.run(a.holdfast.close());
    await outcome;
    expect(await stage.sees(b)).toEqual([]);
  });

  test('survives every lost answer of its join', async () => {
    for (let lost = 1; lost <= 3; lost += 1) {
      const stage = new GroupStage();
      const [a, watcher] = await stage.actors('a', 'w');
      let writes = 0;
      a.network.onNextWrite({ kind: 'lose-answer' }, () => {
        writes += 1;
        return writes === lost;
      });
      await stage.enters(a);
      expect(await stage.sees(watcher)).toEqual(['a']);
    }
  });

  test('is refused with details that no row has room for', async () => {
    const [{ holdfast }] = await new GroupStage().actors('a');
    const it = new GroupStage().group({ holdfast } as never);
    const wrong = [
      { id: '' },
      { id: 'i'.repeat(129) },
      { address: 'a'.repeat(257) },
      { weight: -1 },
      { meta: { text: 'm'.repeat(510) } },
      { meta: [] as never },
      { leaseMs: 10 },
      { name: 'a' } as never,
      { onLost: 'never' as never },
    ];
    for (const options of wrong) {
      await expect(it.join(options)).rejects.toMatchObject({ code: 'invalid-argument' });
    }
  });

  test('keeps to the schema of its group', async () => {
    const stage = new GroupStage();
    const [a] = await stage.actors('a');
    const schema = {
      '~standard': {
        validate: (value: unknown) => {
          const { disk } = value as { disk?: number };
          if (disk === undefined) return { issues: [{ message: 'disk is missing' }] };
          return { value: { disk, checked: true } };
        },
      },
    };
    const group = stage.group(a, { schema });
    await expect(stage.run(group.join())).rejects.toThrow(/meta: expected disk is missing/);
    const membership = await stage.run(group.join({ meta: { disk: 1 } }));
    await expect(membership.update({ meta: {} })).rejects.toThrow(/disk is missing/);
    const { members } = await stage.run(group.view());
    expect(members[0]?.meta).toEqual({ disk: 1, checked: true });
  });
});
