import { describe, expect, test } from 'vitest';
import { guarantee } from '../../planted/control.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'of two proclamations under way the later one stays, whichever arrives last',
  { without: 'proclamations-out-of-order' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const leadership = await stage.leads(a);
    a.network.onNextWrite({ kind: 'drop' }, named('proclaim'));
    const both = [leadership.proclaim('first'), leadership.proclaim('second')];
    await stage.run(Promise.all(both));
    await stage.advance(1_000);
    return stage.row().value === 'second' && leadership.value === 'second';
  },
);

describe('a proclamation', () => {
  test('tells something new within the term, in one request of one unit', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const leadership = await stage.leads(a);
    stage.ledger.clear();
    await stage.run(leadership.proclaim({ ready: true }));
    expect(stage.ledger.bill()).toEqual({ requests: 1, readUnits: 0, writeUnits: 1 });
    expect(leadership.value).toEqual({ ready: true });
    expect(await stage.run(b.holdfast.election('it').leader())).toEqual({
      value: { ready: true },
      term: leadership.term,
      version: 2,
      label: 'a',
    });
  });

  test('renews the lease as well', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const leadership = await stage.leads(a);
    await stage.advance(500);
    const before = leadership.remainingMs();
    await stage.run(leadership.proclaim('news'));
    expect(leadership.remainingMs()).toBeGreaterThan(before + 400);
  });

  test.each(['drop', 'lose-answer', 'error-after'] as const)(
    'is made once and in one version when its request meets %s',
    async (kind) => {
      const stage = new Stage();
      const [a] = await stage.actors('a');
      const leadership = await stage.leads(a);
      a.network.onNextWrite({ kind }, named('proclaim'));
      await stage.run(leadership.proclaim('news'), 5_000);
      expect(stage.row()).toMatchObject({ value: 'news', valueVersion: 2 });
    },
  );

  test('is made although a renewal overtook it', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const leadership = await stage.leads(a);
    await stage.until(() => stage.ledger.count('renew') === 1);
    // The next renewal is 3.4 to 3.75 s away, and the proclamation on its way for 900 ms.
    await stage.advance(3_300);
    a.network.onNextWrite({ kind: 'delay', byMs: 900 }, named('proclaim'));
    await stage.run(leadership.proclaim('news'), 5_000);
    expect(stage.ledger.arrivals.filter(({ outcome }) => outcome === 'refused').length).toBe(1);
    expect(stage.row()).toMatchObject({ value: 'news', valueVersion: 2 });
  });

  test('is not undone by an earlier one that arrives again', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const leadership = await stage.leads(a);
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 500 }, named('proclaim'));
    await stage.run(leadership.proclaim('first'));
    await stage.run(leadership.proclaim('second'));
    await stage.advance(1_000);
    expect(stage.ledger.count('proclaim')).toBe(3);
    expect(stage.row().value).toBe('second');
  });

  test('fails as the loss that it meets', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const leadership = await stage.leads(a);
    a.network.isolate();
    const error = await stage.run(leadership.proclaim('news').catch((reason: unknown) => reason));
    expect(error).toMatchObject({ code: 'lease-lost', reason: 'not-renewed' });
    expect(leadership.value).toBe('a');
  });

  test('fails at once without the permission', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const leadership = await stage.leads(a);
    a.failing = { reason: 'access-denied', retryable: false, message: 'not authorised' };
    const proclaiming = leadership.proclaim('news');
    await expect(stage.run(proclaiming)).rejects.toMatchObject({ code: 'access-denied' });
    expect(leadership.signal.aborted).toBe(false);
  });

  test('fails once the leadership has been resigned', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const leadership = await stage.leads(a);
    await stage.run(leadership.resign());
    const proclaiming = leadership.proclaim('news').catch((reason: unknown) => reason);
    expect(await stage.run(proclaiming)).toMatchObject({ code: 'lease-lost' });
  });
});
