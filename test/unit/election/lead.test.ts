import { describe, expect, test } from 'vitest';
import type { Leadership } from '../../../lib/index.ts';
import { guarantee } from '../../planted/control.ts';
import type { Library } from '../../planted/load.ts';
import { Witness } from '../support/belief.ts';
import { Stage } from '../support/stage.ts';

/** Two that lead one after the other, with what happened in order. */
async function inTurn(library: Library): Promise<readonly string[]> {
  const stage = new Stage(library);
  const [a, b] = await stage.actors('a', 'b');
  const events: string[] = [];
  const workOf = (name: string) => async () => {
    events.push(`${name} begins`);
    await new Promise<void>((resolve) => stage.clock.startTimer(2_000, resolve));
    events.push(`${name} ends`);
  };
  const first = a.holdfast.election('it').lead('a', workOf('a'));
  await stage.until(() => events.length === 1);
  const second = b.holdfast.election('it').lead('b', workOf('b'));
  await stage.run(Promise.all([first, second]));
  return events;
}

guarantee(
  'the next leader begins only once the work of the one before has settled',
  { without: 'leader-resigns-while-body-runs' },
  async (library) => (await inTurn(library)).join() === 'a begins,a ends,b begins,b ends',
);

describe('leading', () => {
  test('returns what the work returns', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const term = await stage.run(a.holdfast.election('it').lead('a', ({ term }) => term));
    expect(term).toBe(stage.row().token);
    expect(stage.row().owner).toBeUndefined();
  });

  test('throws what the work throws, and the next candidate follows', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const failure = new Error('of the work');
    const leading = a.holdfast.election('it').lead('a', async () => {
      await stage.campaigns(b);
      throw failure;
    });
    await expect(stage.run(leading)).rejects.toBe(failure);
    expect(stage.row().owner?.label).toBe('b');
  });

  test('ends as lost when it was, and the next leader begins after the signal', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    const leading = a.holdfast.election('it').lead('a', async (leadership) => {
      witness.watch(leadership);
      await stage.campaigns(b);
      a.network.isolate();
      await abortOf(leadership);
    });
    const error = await stage.run(leading.catch((reason: unknown) => reason));
    expect(error).toMatchObject({ code: 'lease-lost', reason: 'not-renewed' });
  });

  test('is never done by two at once, through the loss of a leader', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const witness = new Witness(stage);
    const leadership = witness.watch(await stage.leads(a));
    const wait = await stage.campaigns(b);
    a.network.isolate();
    while (!wait.isOver) await witness.advance(20);
    if (wait.hold !== undefined) witness.watch(wait.hold);
    await witness.advance(20_000);
    expect(leadership.signal.aborted).toBe(true);
    expect(wait.hold?.remainingMs()).toBeGreaterThan(0);
    expect(witness.ownersMax).toBe(1);
  });

  test('can be ended by a transfer from within', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const result = await stage.run(
      a.holdfast.election('it').lead('a', async (leadership) => {
        await stage.campaigns(b);
        return leadership.transferTo('b');
      }),
    );
    expect(result).toEqual({ outcome: 'transferred' });
    expect(stage.row().owner?.label).toBe('b');
  });
});

function abortOf({ signal }: Leadership): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve());
  });
}
