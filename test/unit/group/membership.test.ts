import { describe, expect, test } from 'vitest';
import { GroupStage, LEASE_MS, SWEEP_MS } from '../support/groups.ts';

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

  test('removes a member that died within its lease and a sweep interval', async () => {
    const stage = new GroupStage();
    const [a, b, watcher] = await stage.actors('a', 'b', 'w');
    const told = stage.watches(watcher);
    await stage.enters(a);
    await stage.enters(b);
    await stage.advance(20_000);
    a.die();
    const diedMs = stage.clock.monotonicMs();
    await stage.until(() => told.words.includes('expired a'));
    const tookMs = stage.clock.monotonicMs() - diedMs;
    expect(tookMs).toBeLessThan(LEASE_MS + SWEEP_MS + 500);
    expect(tookMs).toBeGreaterThan(LEASE_MS / 2);
    expect(told.words).not.toContain('expired b');
  });
});
