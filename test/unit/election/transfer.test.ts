import { describe, expect, test } from 'vitest';
import { guarantee } from '../../planted/control.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'a transfer reaches its candidate although the line has moved meanwhile',
  { without: 'transfer-by-position' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c, d] = await stage.actors('a', 'b', 'c', 'd');
    const leadership = await stage.leads(a);
    const first = await stage.campaigns(b);
    const second = await stage.campaigns(c);
    await stage.campaigns(d);
    const delayed = a.network.onNextWrite({ kind: 'delay', byMs: 500 });
    const transferring = leadership.transferTo('c');
    await stage.until(() => delayed.hit);
    first.abort();
    await stage.run(transferring);
    return (await stage.granted(second, 2_000)) !== undefined;
  },
);

guarantee(
  'a transfer that arrives twice does not end the next leadership',
  { without: 'transfer-without-owner-check' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const leadership = await stage.leads(a);
    const wait = await stage.campaigns(b);
    await stage.campaigns(c);
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 1_000 }, named('transfer'));
    await stage.run(leadership.transferTo('b'));
    const next = await stage.granted(wait, 900);
    if (next === undefined) throw new Error('the candidate does not lead');
    await stage.advance(10_000);
    return !next.signal.aborted;
  },
);

guarantee(
  'a transfer that never arrived is sent again',
  { without: 'transfer-tried-once' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const leadership = await stage.leads(a);
    await stage.campaigns(b);
    a.network.onNextWrite({ kind: 'drop' }, named('transfer'));
    const result = await stage.run(leadership.transferTo('b').catch(() => undefined));
    return result?.outcome === 'transferred';
  },
);

guarantee(
  'a transfer that was applied without an answer is known to have been ours',
  { without: 'transfer-tried-once' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const leadership = await stage.leads(a);
    await stage.campaigns(b);
    a.network.onNextWrite({ kind: 'lose-answer' }, named('transfer'));
    const result = await stage.run(leadership.transferTo('b').catch(() => undefined));
    return result?.outcome === 'transferred';
  },
);

guarantee(
  'a leader whose transfer was never answered learns from its signal that it leads no more',
  { without: 'unanswered-transfer-unnoticed' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const leadership = await stage.leads(a);
    const wait = await stage.campaigns(b);
    const applied = a.network.onNextWrite({ kind: 'lose-answer' }, named('transfer'));
    const transferring = leadership.transferTo('b').catch((reason: unknown) => reason);
    await stage.until(() => applied.hit);
    a.network.isolate('answers-only');
    const error = await stage.run(transferring);
    if (!(error instanceof Error)) throw new Error('it was answered');
    a.network.heal();
    if ((await stage.granted(wait, 2_000)) === undefined) throw new Error('nobody follows');
    await stage.advance(5_000);
    return leadership.signal.aborted;
  },
);

describe('a transfer', () => {
  test('goes to its candidate out of turn, in a look and a write', async () => {
    const stage = new Stage();
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const leadership = await stage.leads(a);
    const first = await stage.campaigns(b);
    const second = await stage.campaigns(c);
    stage.ledger.clear();
    const result = await stage.run(leadership.transferTo('c'));
    expect(result).toEqual({ outcome: 'transferred' });
    expect(stage.ledger.names('a')).toEqual(['read', 'transfer']);
    expect(leadership.remainingMs()).toBe(0);
    const next = await stage.granted(second, 2_000);
    expect(next?.term).toBeGreaterThan(leadership.term);
    expect(first.isOver).toBe(false);
    expect(stage.line()).toEqual(['b']);
  });

  test('to nobody who waits changes nothing', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const leadership = await stage.leads(a);
    await stage.campaigns(b);
    const result = await stage.run(leadership.transferTo('c'));
    expect(result).toEqual({ outcome: 'not-a-candidate' });
    await stage.advance(60_000);
    expect(leadership.signal.aborted).toBe(false);
    expect(leadership.remainingMs()).toBeGreaterThan(0);
  });

  test('by a leader who leads no more says who does, and aborts its signal', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const leadership = await stage.leads(a);
    const [row] = stage.table.snapshot();
    if (row === undefined) throw new Error('there is no row');
    // An operator ends the term by hand, and somebody is elected before the leader looks again.
    await stage.table.write({
      kind: 'put',
      item: { pk: row.pk, sk: row.sk, token: leadership.term },
    });
    await stage.leads(b);
    const result = await stage.run(leadership.transferTo('c'));
    expect(result).toEqual({ outcome: 'lost', takenBy: 'b' });
    expect(leadership.signal.reason).toMatchObject({ reason: 'taken', takenBy: 'b' });
  });

  test('without the permission fails at once, and the leadership goes on', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const leadership = await stage.leads(a);
    await stage.campaigns(b);
    a.failing = { reason: 'access-denied', retryable: false, message: 'not authorised' };
    const transferring = leadership.transferTo('b');
    await expect(stage.run(transferring)).rejects.toMatchObject({ code: 'access-denied' });
    a.failing = undefined;
    await stage.advance(20_000);
    expect(leadership.signal.aborted).toBe(false);
  });

  test('to a candidate who has died costs a claim', async () => {
    const stage = new Stage();
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const leadership = await stage.leads(a);
    const wait = await stage.campaigns(b);
    await stage.campaigns(c);
    c.die();
    await stage.run(leadership.transferTo('c'));
    expect(await stage.granted(wait, 6_000)).toBeDefined();
  });

  test('is the end of a leadership that a resignation finds done', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const leadership = await stage.leads(a);
    await stage.campaigns(b);
    await stage.run(leadership.transferTo('b'));
    expect(await stage.run(leadership.resign())).toEqual({ outcome: 'already-released' });
  });
});
