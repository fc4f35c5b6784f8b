import { describe, expect, test } from 'vitest';
import { type Library, loadLibrary } from '../planted/load.ts';
import type { Chooser } from './choices.ts';
import { open } from './connect.ts';
import { explore } from './explore.ts';
import { Schedule } from './schedule.ts';

/** Two of three count a latch down, each once, whatever happens to their requests. */
async function countDown(chooser: Chooser, library: Library): Promise<void> {
  const schedule = new Schedule(chooser, { duplicates: 1 });
  for (const name of ['alice', 'bob']) {
    schedule.start(name, async (client) => {
      const holdfast = open(library, client);
      await library.latch(holdfast, 'it', { count: 3 }).countDown(name);
      await holdfast.close();
    });
  }
  await schedule.run();
  const [row] = schedule.memory.snapshot();
  if (row?.left !== 1) throw new Error(`${row?.left} are missing`);
}

describe('every interleaving of two who count a latch down', () => {
  test('finds one that counts requests instead of parties', async () => {
    const library = await loadLibrary('latch-counts-requests');
    const run = explore((chooser) => countDown(chooser, library));
    await expect(run).rejects.toThrow('are missing');
  });
});
