import type { Mutant } from '../mutant.ts';

const LATCH = 'lib/lock/latch-row.ts';

/** Bugs in how latches and barriers count those who have come. */
export const MEETING_MUTANTS = [
  {
    name: 'latch-counts-requests',
    realBug: 'a counter under retry counts an arrival twice, and opens before all have come',
    file: LATCH,
    find: "compare(LEFT, '>', 0), absent([PARTIES, id])),",
    replace: "compare(LEFT, '>', 0)),",
  },
  {
    name: 'latch-counts-below-zero',
    realBug: 'counts that come after the opening make the number negative',
    file: LATCH,
    find: "compare(LEFT, '>', 0), absent",
    replace: 'absent',
  },
  {
    name: 'latch-made-anew',
    realBug: 'the second of two who find no row puts its own over the first',
    file: LATCH,
    find: 'condition: absent(DECLARED),',
    replace: '',
  },
] as const satisfies readonly Mutant[];
