import type { Mutant } from '../mutant.ts';

/** Bugs by which two are given the same number or name. */
export const NAMING_MUTANTS = [
  {
    name: 'sequence-block-unconditional',
    realBug: 'read, add, write back: two who read at once are given one block',
    file: 'lib/naming/sequence-row.ts',
    find: 'row.next === undefined ? absent(NEXT) : equals(NEXT, row.next),',
    replace: 'undefined,',
  },
  {
    name: 'sequence-unanswered-is-ours',
    realBug: 'a refusal after an unanswered request is taken for the success of that request',
    file: 'lib/naming/sequence-row.ts',
    find: 'if (row.last?.id !== id || row.next === undefined) return undefined;',
    replace: 'if (row.last === undefined || row.next === undefined) return undefined;',
  },
] as const satisfies readonly Mutant[];
