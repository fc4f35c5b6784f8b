import { describe, expect, test } from 'vitest';
import { type Library, loadLibrary } from './load.ts';
import type { MutantName } from './mutants.ts';

/**
 * Plays the one schedule in which a guarantee could break and says whether it held. It takes every
 * class from `library` and throws when the schedule itself did not come about.
 */
export type Scenario = (library: Library) => Promise<boolean> | boolean;

export interface Control {
  /** The planted bugs that take the protection away, each of which must break the guarantee. */
  readonly without: MutantName | readonly MutantName[];
}

/**
 * Tests a guarantee and the test itself: the same schedule must keep it with the library as it is,
 * and break it once its protection is gone. A schedule that throws shows neither.
 */
export function guarantee(title: string, { without }: Control, scenario: Scenario): void {
  describe(title, () => {
    test('holds', async () => {
      expect(await scenario(await loadLibrary())).toBe(true);
    });

    test.each([without].flat())('breaks with the bug %s', async (mutant) => {
      expect(await scenario(await loadLibrary(mutant))).toBe(false);
    });
  });
}
