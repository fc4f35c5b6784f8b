import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { loadLibrary } from '../planted/load.ts';
import { BOUND_MS, QUIET_MS, SentinelStage, VISIBILITY_MS } from '../unit/support/sentinels.ts';
import { explore } from './explore.ts';
import { runSentinelScenario } from './sentinel-scenario.ts';

describe('a process of the sentinel that dies, or a message that comes twice', () => {
  test.each([
    ['sentinel-turn-lost-in-a-crash', { crashes: 1 }, 'there are 0 chains'],
    ['sentinel-turn-taken-by-all', { duplicates: 1 }, 'there are 2 chains'],
  ] as const)('shows the bug %s', async (mutant, faults, problem) => {
    const library = await loadLibrary(mutant);
    const run = explore((chooser) => runSentinelScenario({ faults, library }, chooser));
    await expect(run).rejects.toThrow(problem);
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
