import type { Mutant } from '../mutant.ts';

const LATCH = 'lib/lock/latch-row.ts';
const BARRIER = 'lib/lock/barrier-row.ts';
const MEETING = 'lib/lock/meeting.ts';

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
  {
    name: 'barrier-counts-requests',
    realBug: 'a late duplicate of an arrival counts somebody who has given up and gone',
    file: BARRIER,
    find: 'comesAnew([PARTIES, id], before),',
    replace: '',
  },
  {
    name: 'barrier-opens-by-memory',
    realBug: 'the last to come opens by the count that it remembers, and one has gone since',
    file: BARRIER,
    find: "isLast ? equals(LEFT, 1) : compare(LEFT, '>', 1),",
    replace: '',
  },
  {
    name: 'barrier-timeout-by-clock',
    realBug: 'one party reports a timeout of a meeting that all others have passed',
    file: MEETING,
    find: "      if (end === 'met') return generation;\n      throw error;",
    replace: '      throw end === undefined ? end : error;',
  },
  {
    name: 'barrier-gives-up-without-a-word',
    realBug: 'whoever gives up stays counted, and the next meeting takes place without it',
    file: MEETING,
    find: 'const end = await this.#withdraw(attendance.id, generation);',
    replace: "const end = 'withdrawn' as 'withdrawn' | 'met';",
  },
  {
    name: 'barrier-gone-unheard',
    realBug: 'a party that gave up is told so, although nobody could be told to count it out',
    file: MEETING,
    find: 'const end = await this.#withdraw(attendance.id, generation);',
    replace:
      "const end = await this.#withdraw(attendance.id, generation).catch(() => 'withdrawn');",
  },
  {
    name: 'barrier-reset-passes',
    realBug: 'whoever waits takes the next generation for the meeting, though it was a reset',
    file: MEETING,
    find: "return row.broken.includes(generation) ? 'broken' : 'met';",
    replace: "return 'met';",
  },
] as const satisfies readonly Mutant[];
