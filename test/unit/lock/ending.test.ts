import { describe, expect, test } from 'vitest';
import { AcquireTimeoutError } from '../../../lib/index.ts';
import type { Actor } from '../support/actor.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

/** A lock that `a` holds, and `b` who will not get it. */
async function contended(): Promise<{
  stage: Stage;
  a: Actor;
  b: Actor;
  free: () => Promise<void>;
}> {
  const stage = new Stage();
  const [a, b] = await stage.actors('a', 'b');
  const hold = await stage.acquires(a);
  const free = async () => {
    await stage.run(hold.release());
  };
  return { stage, a, b, free };
}

function traces(stage: Stage, label: string): readonly string[] {
  const { owner, queue } = stage.row();
  return [owner?.label, ...queue.map((entry) => entry.label)].filter(
    (each) => each === label,
  ) as string[];
}

describe('a wait that times out', () => {
  test('ends in time, says who has the lock and leaves nothing behind', async () => {
    const { stage, b } = await contended();
    const startMs = stage.clock.monotonicMs();
    const wait = stage.wait(b, { timeoutMs: 500 });
    await stage.until(() => wait.isOver);
    expect(stage.clock.monotonicMs() - startMs).toBe(500);
    expect(wait.error).toBeInstanceOf(AcquireTimeoutError);
    expect(wait.error).toMatchObject({ code: 'acquire-timeout', heldBy: 'a' });
    await stage.advance(100);
    expect(traces(stage, 'b')).toEqual([]);
  });

  test('ends in time when the table does not answer, and cleans up when it does', async () => {
    const { stage, b } = await contended();
    const wait = await stage.joins(b, { timeoutMs: 2_000 });
    b.network.isolate();
    await stage.until(() => wait.isOver);
    expect(wait.error).toMatchObject({ code: 'acquire-timeout' });
    b.network.heal();
    await stage.advance(5_000);
    expect(traces(stage, 'b')).toEqual([]);
  });
});

describe('a wait that is aborted', () => {
  test('ends at once with the reason of its signal', async () => {
    const { stage, b } = await contended();
    const wait = await stage.joins(b);
    wait.abort();
    await stage.clock.settle();
    expect(wait.error).toEqual(new Error('the caller gave up'));
  });

  test('sends nothing when it was aborted before', async () => {
    const { stage, b } = await contended();
    stage.ledger.clear();
    const reason = new Error('too late');
    const acquiring = b.holdfast.lock('it').acquire({ signal: AbortSignal.abort(reason) });
    await expect(acquiring).rejects.toBe(reason);
    await stage.advance(1_000);
    expect(stage.ledger.names('b')).toEqual([]);
  });

  test('is not queued when no request of it has arrived', async () => {
    const { stage, b } = await contended();
    const wait = stage.wait(b);
    wait.abort();
    await stage.advance(3_000);
    expect(traces(stage, 'b')).toEqual([]);
    expect(stage.ledger.count('enqueue', 'b')).toBe(0);
  });

  test('is dequeued when it stood in line', async () => {
    const { stage, b } = await contended();
    const wait = await stage.joins(b);
    wait.abort();
    await stage.advance(100);
    expect(traces(stage, 'b')).toEqual([]);
    expect(stage.ledger.count('dequeue', 'b')).toBe(1);
  });

  test('is released when it had just been granted the lock', async () => {
    const { stage, b, free } = await contended();
    const wait = await stage.joins(b);
    await free();
    expect(traces(stage, 'b')).toEqual(['b']);
    wait.abort();
    await stage.advance(100);
    expect(wait.hold).toBeUndefined();
    expect(traces(stage, 'b')).toEqual([]);
    expect(stage.ledger.count('release', 'b')).toBe(1);
  });

  test('gives back what its last request took', async () => {
    const stage = new Stage();
    const [b] = await stage.actors('b');
    const wait = stage.wait(b);
    await stage.until(() => stage.ledger.count('acquire', 'b') === 1);
    wait.abort();
    await stage.advance(100);
    expect(wait.hold).toBeUndefined();
    expect(traces(stage, 'b')).toEqual([]);
  });

  test('leaves nothing behind when its answers are lost', async () => {
    const { stage, b } = await contended();
    b.network.onNextWrite({ kind: 'lose-answer' }, named('enqueue'));
    b.network.onNextWrite({ kind: 'lose-answer' }, named('dequeue'));
    const wait = await stage.joins(b);
    wait.abort();
    await stage.advance(5_000);
    expect(traces(stage, 'b')).toEqual([]);
  });

  test('does not disturb the other waiters of its process', async () => {
    const { stage, b, free } = await contended();
    const first = await stage.joins(b);
    const second = stage.wait(b);
    first.abort();
    await stage.advance(100);
    expect(traces(stage, 'b')).toEqual(['b']);
    await free();
    expect(await stage.granted(second, 1_000)).toBeDefined();
  });

  test('hinders nobody for longer than its lease, when its acquire arrives after all', async () => {
    const stage = new Stage();
    const [b, c] = await stage.actors('b', 'c');
    b.network.onNextWrite({ kind: 'delay', byMs: 3_000 }, named('acquire'));
    const wait = stage.wait(b);
    await stage.advance(500);
    wait.abort();
    await stage.until(() => stage.ledger.count('acquire', 'b') === 1);
    expect(await stage.granted(stage.wait(c), 18_000)).toBeDefined();
  });
});
