import { describe, expect, test } from 'vitest';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

async function held() {
  const stage = new Stage();
  const [a, b] = await stage.actors('a', 'b');
  const hold = await stage.acquires(a);
  return { stage, a, b, hold };
}

describe('a release', () => {
  test('is released, and already released the second time', async () => {
    const { stage, hold } = await held();
    expect(await stage.run(hold.release())).toEqual({ outcome: 'released' });
    expect(await stage.run(hold.release())).toEqual({ outcome: 'already-released' });
    expect(stage.ledger.count('release')).toBe(1);
  });

  test('is one request when called twice at once', async () => {
    const { stage, hold } = await held();
    const results = await stage.run(Promise.all([hold.release(), hold.release()]));
    expect(results).toEqual([{ outcome: 'released' }, { outcome: 'already-released' }]);
    expect(stage.ledger.count('release')).toBe(1);
  });

  test('is released although its answer was lost', async () => {
    const { stage, a, hold } = await held();
    a.network.onNextWrite({ kind: 'lose-answer' }, named('release'));
    expect(await stage.run(hold.release())).toEqual({ outcome: 'released' });
  });

  test('says by whom the lock was taken', async () => {
    const { stage, a, b, hold } = await held();
    a.clock.pause();
    await stage.advance(20_000);
    expect(await stage.tries(b)).toBeDefined();
    a.clock.resume();
    expect(await stage.run(hold.release())).toEqual({ outcome: 'lost', takenBy: 'b' });
    expect(stage.row().owner?.label).toBe('b');
  });

  test('says by whom the lock was taken, also when a helper gave it away', async () => {
    const { stage, a, b, hold } = await held();
    const wait = await stage.joins(b);
    a.clock.pause();
    expect(await stage.granted(wait, 25_000)).toBeDefined();
    a.clock.resume();
    expect(await stage.run(hold.release())).toEqual({ outcome: 'lost', takenBy: 'b' });
  });

  test('is lost, to nobody, when the row was removed', async () => {
    const { stage, hold } = await held();
    const [row] = stage.table.snapshot();
    if (row !== undefined) await stage.table.write({ kind: 'delete', key: row });
    expect(await stage.run(hold.release())).toEqual({ outcome: 'lost', takenBy: undefined });
  });

  test('is unknown when the table does not answer for five seconds', async () => {
    const { stage, a, hold } = await held();
    a.network.isolate();
    const startMs = stage.clock.monotonicMs();
    expect(await stage.run(hold.release())).toMatchObject({ outcome: 'unknown' });
    const tookMs = stage.clock.monotonicMs() - startMs;
    expect(tookMs).toBeGreaterThan(4_000);
    expect(tookMs).toBeLessThan(7_000);
  });

  test('never renews what it gives up, whatever becomes of it', async () => {
    const { stage, a, b, hold } = await held();
    a.network.isolate();
    await stage.run(hold.release());
    a.network.heal();
    const releasedMs = stage.clock.monotonicMs();
    expect(await stage.granted(stage.wait(b), 20_000)).toBeDefined();
    expect(stage.clock.monotonicMs() - releasedMs).toBeLessThan(15_000);
  });

  test('is unknown, and no exception, when the row makes no sense', async () => {
    const { stage, hold } = await held();
    const [row] = stage.table.snapshot();
    if (row === undefined) throw new Error('there is no row');
    await stage.table.write({ kind: 'put', item: { ...row, token: 'forty-two' } });
    const result = await stage.run(hold.release());
    expect(result).toMatchObject({ outcome: 'unknown', cause: { code: 'row-invalid' } });
  });
});
