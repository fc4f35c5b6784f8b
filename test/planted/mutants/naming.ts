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
  {
    name: 'ids-reserved-again',
    realBug: 'a worker id under a plain lease: who takes it over begins at the present time',
    file: 'lib/naming/reservation.ts',
    find: 'const from = Math.max(reservedUntil, Math.floor(earliest), ownEnd, 0);',
    replace: 'const from = Math.max(Math.floor(earliest), ownEnd, 0);',
  },
  {
    name: 'ids-by-the-clock',
    realBug: "timestamps by the machine's own clock, and the lease is all that keeps two apart",
    file: 'lib/naming/id-issuer.ts',
    find: 'if (tick >= this.#range.to) throw this.#exhausted();',
    replace: '',
  },
  {
    name: 'ids-reserve-unconditional',
    realBug: 'a reservation that arrives late is taken for one that was acknowledged since',
    file: 'lib/naming/reservation.ts',
    find: 'seen.reservedUntil === undefined ? absent(UNTIL) : equals(UNTIL, seen.reservedUntil),',
    replace: 'undefined,',
  },
  {
    name: 'names-claim-unconditional',
    realBug: 'look whether the name is free, then write it: two who look at once both get it',
    file: 'lib/naming/name-row.ts',
    find: 'condition: and(isUnchanged(write.seen), isFree),',
    replace: 'condition: undefined,',
  },
  {
    name: 'names-released-for-another',
    realBug: 'a release by name alone frees the name of who claimed it since',
    file: 'lib/naming/name-row.ts',
    find: 'condition: and(isUnchanged(seen), equals(NAME.nameOwner, owner)),',
    replace: 'condition: undefined,',
  },
  {
    name: 'names-claimed-again-by-a-copy',
    realBug: 'a copy of a claim that arrives late takes back what its owner has given up since',
    file: 'lib/naming/name-row.ts',
    find: 'return change === undefined ? absent(NAME.change) : equals(NAME.change, change);',
    replace:
      "return or(absent(NAME.change), exists(NAME.change), equals(NAME.change, change ?? ''));",
  },
  {
    name: 'names-taken-from-a-living-session',
    realBug: 'a name without a lease of its own is taken for one whose lease is over',
    file: 'lib/naming/names.ts',
    find: '!(await this.#sessions.isDead(suspect))',
    replace: "suspect === ''",
  },
  {
    name: 'names-kept-by-an-ended-session',
    realBug: 'a claim is answered after its session was lost, and nobody frees it any more',
    file: 'lib/naming/names.ts',
    find: 'if (session === undefined || session.remainingMs() > 0) return entry;',
    replace: 'if (entry !== undefined) return entry;',
  },
  {
    name: 'names-overtaken-is-refused',
    realBug: 'a release whose answer was lost is told that it never had what it has released',
    file: 'lib/naming/names.ts',
    find: 'isUnsure = writtenFor !== undefined;',
    replace: 'isUnsure = false;',
  },
  {
    name: 'slot-dead-on-arrival',
    realBug: 'a slot is handed out after a pause in which its lease has run out',
    file: 'lib/naming/slot-pool.ts',
    find: 'if (lease.remainingMs() > 0) return { number, lease, line };',
    replace: 'return { number, lease, line };',
  },
] as const satisfies readonly Mutant[];
