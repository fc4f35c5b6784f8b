import { describe, expect, test } from 'vitest';
import { isHoldfastError, type LockHold } from '../../../lib/index.ts';
import { guarantee } from '../../planted/control.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'a lock is not given up before the work under it has settled, even when the hold is lost',
  { without: 'leader-resigns-before-body-settled' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const events: string[] = [];
    const using = a.holdfast.lock('it').using(async (hold) => {
      a.network.isolate();
      await lossOf(hold);
      a.network.heal();
      // It takes a while to put everything down.
      await new Promise<void>((resolve) => stage.clock.startTimer(5_000, resolve));
      events.push('settled');
    });
    await stage.run(using.catch(() => events.push('released')));
    return events.join() === 'settled,released';
  },
);

describe('using', () => {
  test('returns what the body returns, and has released by then', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const result = await stage.run(
      a.holdfast.lock('it').using((hold) => {
        expect(stage.row().owner?.label).toBe('a');
        return hold.token;
      }),
    );
    expect(result).toBe(stage.row().token);
    expect(stage.row().owner).toBeUndefined();
  });

  test('throws what the body throws, and has released by then', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const failure = new Error('of the body');
    const using = a.holdfast.lock('it').using(() => Promise.reject(failure));
    await expect(stage.run(using)).rejects.toBe(failure);
    expect(stage.row().owner).toBeUndefined();
  });

  test('throws what the body throws, also when the release fails', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const failure = new Error('of the body');
    const using = a.holdfast.lock('it').using(() => {
      a.network.isolate();
      throw failure;
    });
    await expect(stage.run(using)).rejects.toBe(failure);
  });

  test('throws what the body throws, also when the row makes no sense any more', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const failure = new Error('of the body');
    const using = a.holdfast.lock('it').using(() => {
      void spoil(stage);
      throw failure;
    });
    await expect(stage.run(using)).rejects.toBe(failure);
  });

  test('reports the loss of its hold when the body succeeded', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const using = a.holdfast.lock('it').using(async (hold) => {
      a.network.isolate();
      await lossOf(hold);
      return 'done';
    });
    const error = await stage.run(using.catch((reason: unknown) => reason));
    expect(error).toMatchObject({ code: 'lease-lost', reason: 'not-renewed' });
  });

  test('does not run the body when it was not granted', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.acquires(a);
    let runs = 0;
    const using = b.holdfast.lock('it').using(
      () => {
        runs += 1;
      },
      { timeoutMs: 100 },
    );
    const error = await stage.run(using.catch((reason: unknown) => reason));
    expect(isHoldfastError(error, 'acquire-timeout')).toBe(true);
    expect(runs).toBe(0);
  });
});

describe('await using', () => {
  test('releases at the end of the block', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const block = async () => {
      await using hold = await a.holdfast.lock('it').acquire();
      expect(stage.row().owner?.label).toBe('a');
      return hold.token;
    };
    await stage.run(block());
    expect(stage.row().owner).toBeUndefined();
  });

  test('keeps the error that ended the block, and never adds one of its own', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const failure = new Error('of the block');
    const block = async () => {
      await using hold = await a.holdfast.lock('it').acquire();
      a.network.isolate();
      throw hold.remainingMs() > 0 ? failure : new Error('not held');
    };
    await expect(stage.run(block())).rejects.toBe(failure);
  });

  test('does not release a second time what was released within the block', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const block = async () => {
      await using hold: LockHold = await a.holdfast.lock('it').acquire();
      await hold.release();
    };
    await stage.run(block());
    expect(stage.ledger.names()).toEqual(['acquire', 'release']);
  });
});

function lossOf(hold: LockHold): Promise<void> {
  return new Promise((resolve) => {
    hold.signal.addEventListener('abort', () => resolve());
  });
}

/** What an operator's typing error does to the row. */
async function spoil(stage: Stage): Promise<void> {
  const [row] = stage.table.snapshot();
  if (row === undefined) throw new Error('there is no row');
  await stage.table.write({ kind: 'put', item: { ...row, token: 'forty-two' } });
}
