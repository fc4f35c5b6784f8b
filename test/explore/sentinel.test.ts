import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import {
  BOUND_MS,
  type Crash,
  QUIET_MS,
  SentinelStage,
  VISIBILITY_MS,
} from '../unit/support/sentinels.ts';

/** A group of which one lives and one dies, while a process of the function dies at one step. */
async function dieAt(step: number, crash: Crash) {
  const stage = new SentinelStage();
  stage.crashAt = (at) => (at === step ? crash : undefined);
  const [a, b] = await stage.actors('a', 'b');
  const membership = await stage.enters(a);
  await stage.enters(b);
  b.die();
  await stage.advance(BOUND_MS + VISIBILITY_MS);
  const isFound = !stage.isMember('b');
  await stage.advance(QUIET_MS);
  const { links, steps: stepsAlive } = stage;
  await stage.run(membership.leave());
  await stage.advance(2 * QUIET_MS);
  const isOver = !stage.chain.runs && stage.queue.pending.length === 0;
  const isRight = stage.crashes === 1 && isFound && links === 1 && isOver;
  return { isRight, isFound, links, isOver, stepsAlive, steps: stage.steps };
}

describe('a process of the sentinel that dies', () => {
  test('at whatever line leaves one chain, which finds the dead and ends', async () => {
    const { stepsAlive, steps } = await dieAt(Number.POSITIVE_INFINITY, 'before');
    // Two joins, the link that finds the dead one and one after it; and in the end the last link.
    const worth = Array.from({ length: steps }, (_, index) => index + 1).filter(
      (step) => step <= 40 || step > stepsAlive,
    );
    expect(worth.length).toBeGreaterThan(45);
    const wrong: unknown[] = [];
    for (const step of worth) {
      for (const crash of ['before', 'after'] as const) {
        const run = await dieAt(step, crash);
        if (!run.isRight) wrong.push({ step, crash, ...run });
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('a chain', () => {
  test.each(Array.from({ length: 20 }, (_, seed) => [seed]))(
    'survives copies, crashes and deaths drawn from seed %i',
    async (seed) => {
      const stage = new SentinelStage();
      const random = new SeededRandom(seed);
      const isTrue = (probability: number) => random.fraction() < probability;
      stage.crashAt = () => (isTrue(0.01) ? (isTrue(0.5) ? 'before' : 'after') : undefined);
      stage.queue.copies = () => (isTrue(0.2) ? 2 : 1);
      const [witness] = await stage.actors('witness');
      const membership = await stage.enters(witness);
      for (let round = 0; round < 5; round += 1) {
        const actor = stage.actor(`member-${round}`);
        await stage.enters(actor);
        await stage.advance(random.fraction() * 30_000);
        actor.die();
        const { crashes } = stage;
        // Each crash may come upon the message that has just been handed out again.
        let waitedMs = 0;
        const limitMs = () => BOUND_MS + (stage.crashes - crashes + 1) * VISIBILITY_MS;
        for (; stage.isMember(actor.label) && waitedMs <= limitMs(); waitedMs += 1_000) {
          await stage.advance(1_000);
        }
        expect({ round, isMember: stage.isMember(actor.label) }).toEqual({
          round,
          isMember: false,
        });
      }
      stage.crashAt = () => undefined;
      stage.queue.copies = () => 1;
      await stage.advance(QUIET_MS);
      expect(stage.links).toBe(1);
      expect(stage.queue.dead).toEqual([]);
      await stage.run(membership.leave());
      await stage.advance(QUIET_MS);
      expect([stage.chain.runs, stage.queue.pending]).toEqual([false, []]);
    },
  );
});
