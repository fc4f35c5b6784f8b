import { describe, expect, test } from 'vitest';
import { guarantee } from '../../planted/control.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'a lock whose owner died an hour ago is taken in one request after one earlier call',
  { without: 'death-by-observation-only' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    await stage.acquires(a);
    a.die();
    await stage.advance(60 * 60_000);
    const [b] = await stage.actors('b');
    const hold = await stage.granted(stage.wait(b), 1_000);
    return hold !== undefined && stage.ledger.bill('b').requests === 1;
  },
);

describe('taking over', () => {
  test('from a dead owner costs one unit', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const before = await stage.acquires(a);
    a.die();
    await stage.advance(60_000);
    const [b] = await stage.actors('b');
    const hold = await stage.acquires(b);
    expect(stage.ledger.bill('b')).toEqual({ requests: 1, readUnits: 0, writeUnits: 1 });
    expect(hold.token).toBeGreaterThan(before.token);
  });

  test('works by observation where nobody knows the table’s time', async () => {
    const stage = new Stage();
    const [first] = await stage.actors('first');
    await stage.run((await stage.acquires(first)).release());
    stage.dated = false;
    const [a, b] = [stage.actor('a'), stage.actor('b')];
    await stage.acquires(a);
    expect(stage.row().owner).toMatchObject({ label: 'a', expiresAt: undefined });
    a.die();
    const wait = stage.wait(b);
    expect(await stage.granted(wait, 15_000)).toBeUndefined();
    expect(await stage.granted(wait, 2_000)).toBeDefined();
  });

  test('works by tries alone where nobody knows the table’s time', async () => {
    const stage = new Stage();
    const [first] = await stage.actors('first');
    await stage.run((await stage.acquires(first)).release());
    stage.dated = false;
    const [a, b] = [stage.actor('a'), stage.actor('b')];
    await stage.acquires(a);
    a.die();
    expect(await stage.tries(b)).toBeUndefined();
    await stage.advance(14_000);
    expect(await stage.tries(b)).toBeUndefined();
    await stage.advance(2_000);
    expect(await stage.tries(b)).toBeDefined();
  });

  test('waits no longer for a dead waiter than its claim', async () => {
    const stage = new Stage();
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const hold = await stage.acquires(a);
    await stage.joins(b);
    const wait = await stage.joins(c);
    b.die();
    await stage.run(hold.release());
    const handedOverMs = stage.clock.monotonicMs();
    expect(await stage.granted(wait, 10_000)).toBeDefined();
    const waitedMs = stage.clock.monotonicMs() - handedOverMs;
    // The claim, and what the clocks do not know.
    expect(waitedMs).toBeGreaterThan(3_000);
    expect(waitedMs).toBeLessThan(3_000 + 2_500);
  });
});
