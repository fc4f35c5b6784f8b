import { describe, expect, test } from 'vitest';
import { guarantee } from '../../planted/control.ts';
import type { Actor } from '../support/actor.ts';
import { Stage } from '../support/stage.ts';
import type { Wait } from '../support/wait.ts';

guarantee(
  'the longest waiter is served first, although it looks most rarely',
  { without: 'waiters-poll-instead-of-queueing' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const hold = await stage.acquires(a);
    const first = stage.wait(b);
    await stage.advance(10 * 60_000);
    const second = stage.wait(c);
    await stage.advance(500);
    await stage.run(hold.release());
    await stage.until(() => first.isOver || second.isOver);
    return first.hold !== undefined && second.hold === undefined;
  },
);

describe('waiters of several processes', () => {
  test('are served in order of arrival', async () => {
    const stage = new Stage();
    const labels = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const [holder, ...others] = await stage.actors(...labels);
    const served: string[] = [];
    const hold = await stage.acquires(holder as Actor);
    const waits: Wait[] = [];
    for (const actor of others) waits.push(await stage.joins(actor));
    await stage.run(hold.release());
    await serve(stage, waits, (position) => served.push(labels[position + 1] ?? ''));
    expect(served).toEqual(['b', 'c', 'd', 'e', 'f', 'g']);
    expect(stage.row()).toMatchObject({ owner: undefined, queue: [] });
  });

  test('are all served, also those who find the line full', async () => {
    const stage = new Stage();
    const labels = Array.from({ length: 41 }, (_, index) => `process ${index}`);
    const [holder, ...others] = await stage.actors(...labels);
    const hold = await stage.acquires(holder as Actor);
    const waits = others.map((actor) => stage.wait(actor));
    await stage.advance(2_000);
    expect(stage.line().length).toBe(32);
    await stage.run(hold.release());
    let servings = 0;
    await serve(stage, waits, () => {
      servings += 1;
    });
    expect(servings).toBe(40);
    expect(stage.row()).toMatchObject({ owner: undefined, queue: [] });
  });
});

/** Lets everybody hold the lock for a while, in the order in which it is granted. */
async function serve(
  stage: Stage,
  waits: readonly Wait[],
  onGrant: (position: number) => void,
): Promise<void> {
  const open = new Set(waits);
  while (open.size > 0) {
    await stage.until(() => [...open].some((wait) => wait.isOver));
    for (const wait of [...open].filter(({ isOver }) => isOver)) {
      open.delete(wait);
      if (wait.hold === undefined) throw wait.error;
      onGrant(waits.indexOf(wait));
      await stage.advance(50);
      await stage.run(wait.hold.release());
    }
  }
}
