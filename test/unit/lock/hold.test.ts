import { describe, expect, test } from 'vitest';
import { LeaseLostError } from '../../../lib/index.ts';
import { guarantee } from '../../planted/control.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'the time that is left is computed, not flagged',
  { without: 'cached-is-held-flag' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    // Nothing of it runs meanwhile: no timer can have cleared a flag.
    a.clock.pause();
    await stage.advance(20_000);
    return hold.remainingMs() === 0;
  },
);

describe('a hold', () => {
  test('has less left with each moment, and all again after a renewal', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    const atFirstMs = hold.remainingMs();
    expect(atFirstMs).toBeGreaterThan(13_000);
    expect(atFirstMs).toBeLessThan(15_000 - 250);
    await stage.advance(900);
    expect(hold.remainingMs()).toBeCloseTo(atFirstMs - 900, 6);
    const renewals = stage.ledger.count('renew');
    await stage.until(() => stage.ledger.count('renew') > renewals);
    await stage.advance(5);
    expect(hold.remainingMs()).toBeGreaterThan(atFirstMs - 900);
  });

  test('is nothing any more once it is released', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    const releasing = hold.release();
    expect(hold.remainingMs()).toBe(0);
    await stage.run(releasing);
    expect(hold.signal.aborted).toBe(false);
    hold.throwIfLost();
  });

  test('throws the reason of its signal once it is lost', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    hold.throwIfLost();
    a.network.isolate();
    await stage.until(() => hold.signal.aborted);
    expect(hold.signal.reason).toBeInstanceOf(LeaseLostError);
    expect(() => hold.throwIfLost()).toThrow(hold.signal.reason);
    expect(hold.signal.reason).toMatchObject({ code: 'lease-lost', token: hold.token });
  });

  test('is lost by name when somebody else has it', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    const [row] = stage.table.snapshot();
    if (row === undefined) throw new Error('there is no row');
    // An operator frees the lock by hand, and somebody takes it before the owner looks again.
    await stage.table.write({ kind: 'put', item: { pk: row.pk, sk: row.sk, token: hold.token } });
    const taken = await stage.acquires(b);
    await stage.until(() => hold.signal.aborted);
    expect(hold.signal.reason).toMatchObject({ reason: 'taken', takenBy: 'b' });
    expect(taken.token).toBeGreaterThan(hold.token);
  });

  test('is lost as removed when its row is gone', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    const [row] = stage.table.snapshot();
    if (row !== undefined) await stage.table.write({ kind: 'delete', key: row });
    await stage.until(() => hold.signal.aborted);
    expect(hold.signal.reason).toMatchObject({ reason: 'removed', takenBy: undefined });
  });

  test('guards a transaction by a condition on its own row', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    const { ConditionCheck } = hold.guard();
    const [row] = stage.table.snapshot();
    expect(ConditionCheck.TableName).toBe(stage.table.table);
    expect(ConditionCheck.Key).toEqual({ pk: row?.pk, sk: row?.sk });
    const values = Object.values(ConditionCheck.ExpressionAttributeValues ?? {});
    expect(values).toEqual([row?.owner, hold.token]);
  });
});
