import type { Mutant } from '../mutant.ts';

/** Bugs in how a process waits, and in what it makes of requests in the line without an answer. */
export const WAITING_MUTANTS = [
  {
    name: 'unanswered-wait-ended',
    realBug: 'one request without an answer, and the waiter is told that the table is down',
    file: 'lib/lease/patience.ts',
    find: 'const isOver = nowMs - this.#failingSinceMs > this.#unavailableMaxMs;',
    replace: 'const isOver = true;',
  },
] as const satisfies readonly Mutant[];
