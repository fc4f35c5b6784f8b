import { describe, expect, test } from 'vitest';
import { GroupStage, LEASE_MS, SWEEP_MS } from '../support/groups.ts';

describe('a group in Lambda mode', () => {
  const begin = (stage: GroupStage, label: string) => {
    const actor = stage.actor(label, { mode: 'lambda' });
    actor.holdfast.beginInvocation({ getRemainingTimeInMillis: () => 10_000 });
    return actor;
  };

  test('has a member until the end of the invocation, without a timer', async () => {
    const stage = new GroupStage();
    const a = begin(stage, 'a');
    const membership = await stage.run(stage.group(a).join({ id: 'a' }));
    expect(stage.ledger.bill()).toEqual({ requests: 4, readUnits: 1, writeUnits: 3 });
    stage.ledger.clear();
    await stage.advance(9_500);
    expect(membership).toMatchObject({ state: 'joined', eventLoopDelayMs: 0 });
    expect(membership.remainingMs()).toBeGreaterThan(0);
    expect(stage.ledger.bill().requests).toBe(0);
    await stage.advance(5_000);
    expect(membership.state).toBe('ended');
    expect(membership.signal.aborted).toBe(true);
  });

  test('is the same member in the next invocation', async () => {
    const stage = new GroupStage();
    const a = begin(stage, 'a');
    const first = await stage.run(stage.group(a).join({ id: 'a' }));
    await stage.advance(5_000);
    const second = await stage.run(stage.group(begin(stage, 'b')).join({ id: 'a' }));
    expect(second.generation).toBeGreaterThan(first.generation);
    expect(await stage.sees(a)).toEqual(['a']);
    expect(await stage.run(first.leave())).toEqual({ outcome: 'already-gone' });
    expect(await stage.run(second.leave())).toEqual({ outcome: 'left' });
  });

  test('shows who is there at each call, and removes the dead if nobody else has', async () => {
    const stage = new GroupStage();
    const [a] = await stage.actors('a');
    await stage.enters(a);
    const b = begin(stage, 'b');
    expect(await stage.sees(b)).toEqual(['a']);
    a.die();
    await stage.advance(LEASE_MS + 5_000);
    b.holdfast.beginInvocation({ getRemainingTimeInMillis: () => 10_000 });
    await stage.run(b.holdfast.lock('other').holder());
    expect(await stage.sees(b)).toEqual([]);
    stage.ledger.clear();
    expect(await stage.sees(b)).toEqual([]);
    // The head, and a look whether a sweep is due.
    expect(stage.ledger.bill()).toEqual({ requests: 2, readUnits: 1.5, writeUnits: 0 });
    await stage.advance(SWEEP_MS);
  });

  test('has nothing that goes on in the background', async () => {
    const stage = new GroupStage();
    const group = stage.group(begin(stage, 'a'));
    await expect(group.follow()).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(() => group.watch()).toThrow(/in Lambda mode call view\(\)/);
    await expect(group.atLeast(1)).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});
