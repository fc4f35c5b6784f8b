import type { Mutant } from '../mutant.ts';

const TABLE_CLOCK = 'lib/core/table-clock.ts';

/** Bugs of the table clock: rules 1 and 2. */
export const CLOCK_MUTANTS = [
  {
    name: 'steal-by-wall-clock',
    realBug:
      "expiry is judged by the observer's own wall clock: redis-semaphore, ShedLock and most",
    file: TABLE_CLOCK,
    find: 'return this.#trusted ? this.#intersection(now.monotonicMs) : undefined;',
    replace: 'return { earliest: now.wallMs, latest: now.wallMs };',
  },
  {
    name: 'date-taken-as-exact',
    realBug: 'the Date header is cut to whole seconds, and read as if it were not',
    file: TABLE_CLOCK,
    find: 'const DATE_RESOLUTION_MS = 1_000;',
    replace: 'const DATE_RESOLUTION_MS = 0;',
  },
  {
    name: 'front-end-skew-ignored',
    realBug: 'the clock of whichever front end answers is taken for the one clock of the service',
    file: TABLE_CLOCK,
    find: 'export const FRONT_END_SKEW_MS = 500;',
    replace: 'export const FRONT_END_SKEW_MS = 0;',
  },
  {
    name: 'drift-ignored',
    realBug: 'an old measurement is used as if quartz kept perfect time',
    file: TABLE_CLOCK,
    find: 'export const DRIFT_RATE = 500e-6;',
    replace: 'export const DRIFT_RATE = 0;',
  },
  {
    name: 'date-dated-from-answer',
    realBug: 'the answer’s Date is taken for the time at which it was received',
    file: TABLE_CLOCK,
    find: 'this.#add(sent.monotonicMs, received.monotonicMs, dateMs);\n    const time =',
    replace: 'this.#add(received.monotonicMs, received.monotonicMs, dateMs);\n    const time =',
  },
  {
    name: 'date-dated-from-request',
    realBug: 'the answer’s Date is taken for the time at which the request was sent',
    file: TABLE_CLOCK,
    find: 'this.#add(sent.monotonicMs, received.monotonicMs, dateMs);\n    const time =',
    replace: 'this.#add(sent.monotonicMs, sent.monotonicMs, dateMs);\n    const time =',
  },
  {
    name: 'samples-across-gap-kept',
    realBug: 'offsets measured before a suspend are used after it (nodejs/node#47724)',
    file: TABLE_CLOCK,
    find: 'if (parted <= CLOCKS_APART_MS) return;',
    replace: 'return;',
  },
  {
    name: 'answer-across-gap-kept',
    realBug: 'a request that was under way during a suspend measures an offset of hours',
    file: TABLE_CLOCK,
    find: 'if (sent.monotonicMs < this.#usableFromMs) return;',
    replace: '',
  },
  {
    name: 'slow-step-unnoticed',
    realBug: 'a wall clock that is slewed in small steps is only compared with the last look',
    file: TABLE_CLOCK,
    find: 'if (clocksPartedMs(sent, received) > CLOCKS_APART_MS) return;',
    replace: '',
  },
  {
    name: 'contradiction-kept',
    realBug: 'measurements that exclude each other are averaged instead of distrusted',
    file: TABLE_CLOCK,
    find: 'if (time === undefined || time.earliest <= time.latest) {',
    replace: 'if (time !== null) {',
  },
  {
    name: 'one-sample-trusted',
    realBug: 'after a contradiction the newest answer is believed, and it was the false one',
    file: TABLE_CLOCK,
    find: 'this.#trusted = false;',
    replace: '',
  },
] as const satisfies readonly Mutant[];
