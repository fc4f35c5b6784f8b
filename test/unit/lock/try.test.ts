import { describe, expect, test } from 'vitest';
import { isHoldfastError } from '../../../lib/index.ts';
import { guarantee } from '../../planted/control.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'a try takes a lock that is free by now, whatever it was when last seen',
  { without: 'try-believes-its-help' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    await stage.acquires(a);
    const wait = await stage.joins(b);
    await stage.tries(c);
    a.die();
    const hold = await stage.granted(wait, 25_000);
    if (hold === undefined) throw new Error('the dead owner was not replaced');
    await stage.run(hold.release());
    // All that it remembers is a dead owner with somebody waiting.
    return (await stage.tries(c)) !== undefined;
  },
);

describe('a try', () => {
  test('says who has the lock, since when, until when and how many wait', async () => {
    const stage = new Stage();
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const startMs = stage.clock.wallMs();
    const hold = await stage.acquires(a);
    await stage.joins(b);
    const result = await stage.run(c.holdfast.lock('it').tryAcquire());
    expect(result).toEqual({
      acquired: false,
      holder: {
        label: 'a',
        token: hold.token,
        since: expect.closeTo(startMs, -4),
        expiresAt: expect.closeTo(startMs + 15_000, -4),
        waiting: 1,
      },
    });
  });

  test('is one request when the lock is taken, however little was known before', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.acquires(a);
    stage.ledger.clear();
    for (let count = 1; count <= 3; count += 1) {
      expect(await stage.tries(b)).toBeUndefined();
      expect(stage.ledger.bill('b')).toEqual({ requests: count, readUnits: 0, writeUnits: count });
    }
  });

  test('does not enter what its own process holds already', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    await stage.acquires(a);
    expect(await stage.tries(a)).toBeUndefined();
  });

  test('knows its own success when the answer was lost', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    a.network.onNextWrite({ kind: 'lose-answer' });
    expect(await stage.tries(a)).toBeDefined();
  });

  test('gives up on a table that does not answer after five seconds', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    a.network.isolate();
    const startMs = stage.clock.monotonicMs();
    const error = await stage.run(
      a.holdfast
        .lock('it')
        .tryAcquire()
        .catch((reason: unknown) => reason),
    );
    expect(isHoldfastError(error, 'store-unavailable')).toBe(true);
    const tookMs = stage.clock.monotonicMs() - startMs;
    expect(tookMs).toBeGreaterThan(5_000);
    expect(tookMs).toBeLessThan(20_000);
  });
});
