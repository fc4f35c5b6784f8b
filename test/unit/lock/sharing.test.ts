import { describe, expect, test } from 'vitest';
import { Stage } from '../support/stage.ts';
import type { Wait } from '../support/wait.ts';

describe('waiters of one process', () => {
  test('pass the lock on in one write each, in order of arrival', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    const waits = Array.from({ length: 10 }, () => stage.wait(b));
    await stage.until(() => stage.line().length === 1);
    await stage.run(hold.release());
    const served: Wait[] = [];
    for (const wait of waits) {
      const granted = await stage.granted(wait, 2_000);
      served.push(...waits.filter((each) => each.isOver && !served.includes(each)));
      await stage.run(Promise.resolve(granted?.release()));
    }
    expect(served).toEqual(waits);
    const writes = stage.ledger.names('b').filter((name) => name !== 'look');
    expect(writes).toEqual(['acquire', 'enqueue', 'activate', ...Array(9).fill('pass'), 'release']);
    expect(stage.ledger.count('read', 'b')).toBe(0);
  });

  test('hand over among themselves in one request of one unit', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    const next = stage.wait(a);
    await stage.clock.settle();
    stage.ledger.clear();
    await stage.run(hold.release());
    expect(next.hold).toBeDefined();
    expect(stage.ledger.bill()).toEqual({ requests: 1, readUnits: 0, writeUnits: 1 });
  });

  test('cost nothing while their own process holds the lock', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    stage.ledger.clear();
    for (let count = 0; count < 20; count += 1) stage.wait(a);
    await stage.advance(60_000);
    expect(new Set(stage.ledger.names())).toEqual(new Set(['renew']));
    await stage.run(hold.release());
  });

  test('go on without a hold of their process that was lost', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    const next = stage.wait(a);
    await stage.clock.settle();
    a.network.isolate();
    await stage.until(() => hold.signal.aborted);
    a.network.heal();
    expect(await stage.granted(next, 10_000)).toBeDefined();
  });

  test('make no noise, however many there are', async () => {
    const warnings: string[] = [];
    const listen = (warning: Error) => warnings.push(warning.message);
    process.on('warning', listen);
    const stage = new Stage();
    const [a] = await stage.actors('a');
    await stage.acquires(a);
    for (let count = 0; count < 50; count += 1) stage.wait(a);
    await stage.advance(1_000);
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });
});
