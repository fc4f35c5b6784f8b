import type { Mutant } from '../mutant.ts';

const QUEUE_WRITES = 'lib/lease/queue-writes.ts';
const PURSUIT = 'lib/lease/pursuit.ts';
const WRITES = 'lib/lease/writes.ts';

/** Bugs of the waiting line: rules 12 to 18. */
export const QUEUE_MUTANTS = [
  {
    name: 'release-ignores-queue',
    realBug: 'a waiter joins while the row is given up, and waits for a hand-over that never comes',
    file: WRITES,
    find: 'condition: and(ownedBy(holding), absent([ATTRIBUTE.queue, 0])),',
    replace: 'condition: ownedBy(holding),',
  },
  {
    name: 'enqueue-without-owner',
    realBug: 'a waiter joins a line that nobody will ever serve, because the row has become free',
    file: QUEUE_WRITES,
    find: `equals(ATTRIBUTE.owner, owner.id),
      equals(ATTRIBUTE.token, seen.token),`,
    replace: '',
  },
  {
    name: 'hand-over-without-claim',
    realBug: 'the heir believes in a grant that is as old as its last look',
    file: PURSUIT,
    find: 'return this.#confirm(row, step.owner);',
    replace: `if (step.owner.renewals > 0) return this.#confirm(row, step.owner);
        return Promise.resolve(
          this.#grant(
            {
              kind: 'applied',
              row,
              sent: {
                monotonicMs: this.#runtime.clock.monotonicMs(),
                wallMs: this.#runtime.clock.wallMs(),
              },
              dateMs: undefined,
            },
            this.#options.terms(),
          ),
        );`,
  },
  {
    name: 'activation-dated-from-answer',
    realBug: 'the heir counts its lease from the answer that let it in, and not from its request',
    file: PURSUIT,
    find: 'const duplicate = placeOf(answer.row, this.#id);',
    replace: `const duplicate = placeOf(answer.row, this.#id);
    const now = this.#runtime.clock;
    answer.sent = { monotonicMs: now.monotonicMs(), wallMs: now.wallMs() };`,
  },
  {
    name: 'claim-as-long-as-lease',
    realBug: 'a grant to a waiter that has died blocks everybody for a whole lease',
    file: 'lib/lease/give-up.ts',
    find: 'return Math.min(leaseMs, 3_000);',
    replace: 'return leaseMs;',
  },
  {
    name: 'help-without-death-check',
    realBug: 'helpers hand over what its owner has renewed since they looked',
    file: QUEUE_WRITES,
    find: 'or(lapsed, silent),',
    replace: '',
  },
  {
    name: 'place-lost-on-stale-read',
    realBug: 'a replica that lags does not show the waiter, who joins the line again',
    file: PURSUIT,
    find: 'return missing ? this.#read(true) : seen;',
    replace: 'return seen;',
  },
  {
    name: 'duplicate-place-kept',
    realBug: 'an enqueue that was sent twice brings the row back to somebody who has gone',
    file: PURSUIT,
    find: 'if (duplicate >= 0) await',
    replace: 'if (duplicate >= 1_000) await',
  },
  {
    name: 'dequeue-by-index-only',
    realBug: 'the line has moved since the place was read, and somebody else is thrown out',
    file: QUEUE_WRITES,
    find: `actions: [remove([QUEUE, position]), remove(ATTRIBUTE.event)],
    condition: equals([QUEUE, position, 'id'], id),`,
    replace: `actions: [remove([QUEUE, position]), remove(ATTRIBUTE.event)],
    condition: exists([QUEUE, position]),`,
  },
  {
    name: 'pass-without-limit',
    realBug: 'a busy process hands the lock from waiter to waiter, and others starve',
    file: 'lib/lease/line.ts',
    find: 'const PASSES_MAX = 8;',
    replace: 'const PASSES_MAX = Number.POSITIVE_INFINITY;',
  },
  {
    name: 'pass-without-owner-check',
    realBug: 'a lock that was lost meanwhile is handed to the next waiter here all the same',
    file: WRITES,
    find: '      ownedBy(from),\n',
    replace: '',
  },
] as const satisfies readonly Mutant[];
