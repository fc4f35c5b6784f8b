import { describe, expect, test } from 'vitest';
import { InvalidArgumentError } from '../../../lib/index.ts';
import { guarantee } from '../../planted/control.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'a candidate who has not accepted yet is not shown as leader',
  { without: 'grant-shown-as-leader' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const leadership = await stage.leads(a);
    await stage.campaigns(b);
    await stage.run(leadership.resign());
    b.die();
    return (await stage.run(c.holdfast.election('it').leader())) === undefined;
  },
);

describe('a campaign', () => {
  test('is won in order of arrival, by one at a time, in terms that grow', async () => {
    const stage = new Stage();
    const [a, b, c, d] = await stage.actors('a', 'b', 'c', 'd');
    let leadership = await stage.leads(a);
    const waits = [await stage.campaigns(b), await stage.campaigns(c), await stage.campaigns(d)];
    for (const [index, wait] of waits.entries()) {
      expect(waits.slice(index).every((each) => !each.isOver)).toBe(true);
      await stage.run(leadership.resign());
      const next = await stage.granted(wait, 2_000);
      expect(next?.term).toBeGreaterThan(leadership.term);
      leadership = next ?? leadership;
    }
    expect(leadership.value).toBe('d');
  });

  test('that is given up leaves no candidate behind', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.leads(a);
    const wait = await stage.campaigns(b);
    expect(await stage.run(a.holdfast.election('it').candidates())).toEqual(['b']);
    wait.abort();
    await stage.advance(100);
    expect(await stage.run(a.holdfast.election('it').candidates())).toEqual([]);
  });

  test('with too large a value is refused before anything is sent', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const election = a.holdfast.election('it');
    await expect(election.campaign('x'.repeat(511))).rejects.toThrow(InvalidArgumentError);
    expect(stage.ledger.names()).toEqual([]);
    const leadership = await stage.run(election.campaign('x'.repeat(510)));
    expect(leadership.value).toHaveLength(510);
  });

  test('costs what a lock costs', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const leadership = await stage.leads(a);
    await stage.run(leadership.resign());
    expect(stage.ledger.bill()).toEqual({ requests: 2, readUnits: 0, writeUnits: 2 });
  });
});

describe('the leader', () => {
  test('is shown to everybody with value, term, version and label', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const election = b.holdfast.election('it');
    expect(await stage.run(election.leader())).toBeUndefined();
    const leadership = await stage.run(a.holdfast.election('it').campaign({ port: 8_080 }));
    expect(await stage.run(election.leader())).toEqual({
      value: { port: 8_080 },
      term: leadership.term,
      version: 1,
      label: 'a',
    });
  });

  test('is nobody once it has resigned', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const leadership = await stage.leads(a);
    expect(await stage.run(leadership.resign())).toEqual({ outcome: 'released' });
    expect(await stage.run(b.holdfast.election('it').leader())).toBeUndefined();
  });

  test('is nobody once its lease is over, though its row still names it', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.leads(a);
    a.die();
    await stage.advance(18_000);
    const [c] = [stage.actor('c')];
    // Nobody takes the time from a process that has had no answer yet: the read itself tells it.
    for (const actor of [b, c]) {
      expect(await stage.run(actor.holdfast.election('it').leader())).toBeUndefined();
    }
    expect(stage.row().owner?.label).toBe('a');
  });

  test('lets itself be fenced and guarded like a hold', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const leadership = await stage.leads(a);
    const { ConditionCheck } = leadership.guard();
    const values = Object.values(ConditionCheck.ExpressionAttributeValues ?? {});
    expect(values).toContain(leadership.term);
    const fenced = leadership.fence({ TableName: 'data', Item: { pk: 'index' } });
    expect(fenced.Item).toEqual({ pk: 'index', fence: leadership.term });
  });
});
