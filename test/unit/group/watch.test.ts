import { describe, expect, test } from 'vitest';
import { GroupStage, SWEEP_MS, Told } from '../support/groups.ts';

describe('watching a group', () => {
  test('begins with a snapshot, also of nobody, and ends with its signal', async () => {
    const stage = new GroupStage();
    const [watcher] = await stage.actors('w');
    const stop = new AbortController();
    const told = new Told(stage.group(watcher).watch({ signal: stop.signal }));
    await stage.advance(2_000);
    expect(told.words).toEqual(['snapshot']);
    expect(told.events[0]?.view).toMatchObject({ revision: 0, members: [], stale: false });
    stop.abort();
    await stage.advance(100);
    stage.ledger.clear();
    await stage.advance(60_000);
    expect(stage.ledger.bill().requests).toBe(0);
    expect(told.error).toBeUndefined();
  });

  test('goes on behind a cursor when nothing has changed, and resets if not', async () => {
    const stage = new GroupStage();
    const [a, b, watcher] = await stage.actors('a', 'b', 'w');
    await stage.enters(a);
    const first = stage.watches(watcher);
    await stage.advance(1_500);
    const { cursor } = first.events.at(-1) ?? {};
    const same = stage.watches(watcher, cursor);
    await stage.advance(1_500);
    expect(same.words).toEqual([]);
    await stage.enters(b);
    await stage.advance(1_500);
    expect(same.words).toEqual(['joined b']);
    const late = stage.watches(watcher, cursor);
    await stage.advance(1_500);
    expect(late.events).toMatchObject([
      { type: 'reset', reason: 'cursor-outdated', view: { members: [{ id: 'a' }, { id: 'b' }] } },
    ]);
  });

  test('does not take the cursor of another group', async () => {
    const stage = new GroupStage();
    const [watcher] = await stage.actors('w');
    const told = stage.watches(watcher, '1.0.default#other');
    await stage.advance(1_500);
    expect(told.error).toMatchObject({ code: 'invalid-argument', argument: 'cursor' });
  });

  test('tells of a group that has gone back, with all that is there now', async () => {
    const stage = new GroupStage();
    const [a, watcher] = await stage.actors('a', 'w');
    const membership = await stage.enters(a);
    for (const weight of [2, 3, 4]) await stage.run(membership.update({ weight }));
    const told = stage.watches(watcher);
    await stage.advance(1_500);
    const [head] = stage.rows('head');
    const restored = { ...head, pk: `${head?.pk}`, sk: 'head', revision: 1 };
    await stage.table.write({ kind: 'put', item: restored });
    await stage.advance(10_000);
    expect(told.events.slice(0, 2)).toMatchObject([
      { type: 'snapshot', view: { revision: 4 } },
      { type: 'reset', reason: 'table-restored' },
    ]);
  });

  test('shows a view that nobody can change, and says when it is stale', async () => {
    const stage = new GroupStage();
    const [a, watcher] = await stage.actors('a', 'w');
    await stage.enters(a, { meta: { list: [1] } });
    const following = await stage.run(stage.group(watcher).follow());
    const view = stage.group(watcher).current;
    expect(Object.isFrozen(view)).toBe(true);
    expect(Object.isFrozen(view?.members)).toBe(true);
    expect(Object.isFrozen(view?.members[0]?.meta.list)).toBe(true);
    expect(view?.stale).toBe(false);
    expect(Math.abs((view?.asOf ?? 0) - stage.clock.wallMs())).toBeLessThan(2_000);
    watcher.network.isolate();
    await stage.advance(10_000);
    expect(stage.group(watcher).current).toMatchObject({ stale: true, members: [{ id: 'a' }] });
    await expect(stage.run(stage.group(watcher).view())).rejects.toMatchObject({
      code: 'store-unavailable',
    });
    watcher.network.heal();
    await stage.advance(10_000);
    expect(stage.group(watcher).current?.stale).toBe(false);
    following.stop();
  });

  test('is not needed to be spared the dead: one look removes them', async () => {
    const stage = new GroupStage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.enters(a);
    a.die();
    await stage.advance(20_000);
    // Tells b what time it is.
    await stage.run(b.holdfast.lock('other').holder());
    expect(await stage.sees(b)).toEqual([]);
    expect(stage.rows('beat')).toEqual([]);
  });

  test('waits for enough active members, and says how many there were', async () => {
    const stage = new GroupStage();
    const [a, b, watcher] = await stage.actors('a', 'b', 'w');
    const waiting = stage.group(watcher).atLeast(2, { timeoutMs: 60_000 });
    const first = await stage.enters(a);
    void first.drain(10_000);
    await stage.enters(b);
    const late = stage.group(watcher).atLeast(2, { timeoutMs: 3_000 });
    await expect(stage.run(late)).rejects.toMatchObject({
      ...{ code: 'acquire-timeout', members: 1 },
      message: "group 'it': 1 of 2 members after 3000 ms",
    });
    await stage.enters(a, { id: 'c' });
    expect((await stage.run(waiting)).members.map(({ id }) => id)).toContain('c');
    const abort = new AbortController();
    const given = stage.group(watcher).atLeast(9, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(stage.run(given)).rejects.toThrow('enough');
  });

  test('ends when the instance closes', async () => {
    const stage = new GroupStage();
    const [watcher] = await stage.actors('w');
    const told = stage.watches(watcher);
    const waiting = stage.group(watcher).atLeast(1);
    const outcome = expect(waiting).rejects.toMatchObject({ code: 'closed' });
    await stage.advance(SWEEP_MS);
    await stage.run(watcher.holdfast.close());
    await outcome;
    expect(told.error).toBeUndefined();
  });
});
