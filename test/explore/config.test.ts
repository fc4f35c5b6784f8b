import { describe, expect, test } from 'vitest';
import { config } from '../../lib/config/index.ts';
import { parseHead } from '../../lib/config/protocol.ts';
import { Holdfast } from '../../lib/index.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { type Library, loadLibrary } from '../planted/load.ts';
import type { Chooser } from './choices.ts';
import { explore } from './explore.ts';
import { type FaultBudget, Schedule } from './schedule.ts';

const EXECUTIONS = 60;

/**
 * Two processes publish, each once; whatever happens to their requests, every acknowledged version
 * is one of its own, and the head names the last one of a row without gaps.
 */
async function publishTogether(
  chooser: Chooser,
  faults: FaultBudget,
  library: Pick<Library, 'Holdfast' | 'config'> = { Holdfast, config },
): Promise<void> {
  const schedule = new Schedule(chooser, faults);
  const acknowledged = new Map<string, number>();
  for (const name of ['alice', 'bob']) {
    schedule.start(name, async ({ clock, store }) => {
      const random = new SeededRandom(name);
      const options = { store, clock, random, label: name, mode: 'lambda', requestTimeoutMs: 200 };
      const holdfast = new library.Holdfast({ ...options, mode: 'lambda' });
      const { version } = await library.config<string>(holdfast, 'it').publish(name);
      acknowledged.set(name, version);
      await holdfast.close();
    });
  }
  await schedule.run();
  const rows = schedule.memory.snapshot();
  const head = parseHead(rows.find(({ sk }) => sk === 'head'));
  const versions = rows.filter(({ sk }) => String(sk).startsWith('version#'));
  const numbers = versions.map(({ version }) => Number(version)).sort((one, other) => one - other);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  expect(new Set(acknowledged.values()).size).toBe(acknowledged.size);
  for (const [name, version] of acknowledged) {
    expect(head.version).toBeGreaterThanOrEqual(version);
    const row = versions.find((each) => each.version === version);
    expect(row?.document).toBe(JSON.stringify(name));
  }
  if (faults.crashes === undefined) expect(acknowledged.size).toBe(2);
}

describe('every interleaving of two who publish', () => {
  test.each([
    {},
    { lostAnswers: 1 },
    { duplicates: 1 },
    { delays: 1 },
    { pauses: 1 },
    { crashes: 1 },
  ])('leaves versions without gaps, each of its publisher: %o', async (faults) => {
    const run = (chooser: Chooser) => publishTogether(chooser, faults);
    const { executions } = await explore(run, { limit: EXECUTIONS });
    expect(executions).toBeGreaterThan(5);
  });

  test.each([
    ['version-claim-unconditional', {}],
    ['claimed-version-left-alone', { crashes: 1 }],
    ['acknowledged-before-the-flip', { crashes: 1 }],
  ] as const)('finds the bug %s', async (mutant, faults) => {
    const library = await loadLibrary(mutant);
    const run = (chooser: Chooser) => publishTogether(chooser, faults, library);
    await expect(explore(run, { limit: 2_000 })).rejects.toThrow(/^execution \d+/);
  });
});
