import { expect, test } from 'vitest';
import { loadLibrary } from '../../planted/load.ts';
import type { MutantName } from '../../planted/mutants.ts';
import { issueUnderHostileClocks } from '../support/hostile-clocks.ts';

const RUNS = 10;

async function play(mutant?: MutantName) {
  const library = await loadLibrary(mutant);
  let [issued, duplicates] = [0, 0];
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const run = await issueUnderHostileClocks(library, `hostile-${seed}`);
    issued += run.issued;
    duplicates += run.duplicates;
  }
  return { issued, duplicates };
}

test('ids are never issued twice under hostile clocks', async () => {
  const { issued, duplicates } = await play();
  expect(issued).toBeGreaterThan(10_000);
  expect(duplicates).toBe(0);
}, 60_000);

test('with a slot that is only leased, hostile clocks lead to duplicates', async () => {
  expect((await play('ids-reserved-again')).duplicates).toBeGreaterThan(0);
}, 60_000);
