import type { Mutant } from '../mutant.ts';

/** Bugs by which transactions see, lose or repeat what they must not. */
export const TRANSACTION_MUTANTS = [
  {
    name: 'transaction-reads-not-validated',
    realBug: 'only what is written is checked: write skew',
    file: 'lib/transaction/coordinator.ts',
    find: 'const alone = reads.filter(({ snapshot }) => isForgetful(snapshot));',
    replace: 'if (reads.length >= 0) return;\nconst alone = [...reads];',
  },
  {
    name: 'transaction-validates-before-locks',
    realBug: 'validation and locks at once: each of two sees what the other has not locked yet',
    file: 'lib/transaction/attempt.ts',
    find: 'await this.#coordinator.lock(plan.slots);',
    replace: `await this.#coordinator.validate(plan.reads);
        await this.#coordinator.lock(plan.slots);
        return this.#decide(plan.slots, [], range);`,
  },
  {
    name: 'transaction-validation-ignores-locks',
    realBug: 'a read that is locked by another is still unchanged, so it is taken for true',
    file: 'lib/transaction/resolver.ts',
    find: 'if (lock === undefined || lock.id === ownId) return snapshotOf(item);',
    replace: 'return snapshotOf(item);',
  },
  {
    name: 'transaction-applies-without-its-lock',
    realBug: 'a helper that comes late writes what was decided long ago over what is there now',
    file: 'lib/transaction/operation.ts',
    find: `  const condition = isLockedBy(lock);
  const version = versionFor(lock.id, lock.number);`,
    replace: `  const condition: never[] = [];
  const version = versionFor(lock.id, lock.number);`,
  },
  {
    name: 'transaction-record-removed-first',
    realBug:
      'the record goes before the writes are made: to others its locks are those of a failure',
    file: 'lib/transaction/coordinator.ts',
    find: '    const foreign: Place[] = [];\n',
    replace: `    const foreign: Place[] = [];
    await gateway.insist(removeRecord(home, id, 'committed'));
`,
  },
  {
    name: 'transaction-lock-ignores-version',
    realBug: 'the lock is placed on whatever is there now: lost update',
    file: 'lib/transaction/slot-locks.ts',
    find: 'await this.#lockSlot(slot, number, slot.fence?.isAlone !== true, inner);',
    replace: 'await this.#lockSlot(slot, number, false, inner);',
  },
  {
    name: 'transaction-content-unchecked',
    realBug: 'programs outside that keep the version are overwritten',
    file: 'lib/transaction/slot-locks.ts',
    find: 'if (isExact && !isSame(now, seen)) throw new Conflict(place);\n        return now;',
    replace: 'return now;',
  },
  {
    name: 'transaction-dead-lock-item-trusted',
    realBug: 'the lock has no record, so what it was read with is taken for what is there now',
    file: 'lib/transaction/resolver.ts',
    find: "if (settled.kind === 'gone') continue;",
    replace: "if (settled.kind === 'gone') return { ...snapshotOf(item), isPending: false };",
  },
  {
    name: 'transaction-lock-attempts-alike',
    realBug: 'a late duplicate of an unanswered lock is taken for the lock that was decided about',
    file: 'lib/transaction/slot-locks.ts',
    find: 'attempt += 1;',
    replace: '',
  },
  {
    name: 'transaction-decides-any-record',
    realBug: 'a record that a late duplicate has brought back is decided a second time',
    file: 'lib/transaction/record.ts',
    find: `condition: [equals([STATE], { S: 'pending' }), equals([CREATION], { S: creation })],
  };
}

/** Ends a transaction`,
    replace: `condition: [equals([STATE], { S: 'pending' })],
  };
}

/** Ends a transaction`,
  },
  {
    name: 'transaction-verdict-of-any-record',
    realBug: 'the record that is read back is another one, and its state is taken for ours',
    file: 'lib/transaction/coordinator.ts',
    find: 'if (record === undefined || record.creation !== this.#creation) {',
    replace: 'if (record === undefined) {',
  },
  {
    name: 'transaction-unanswered-write-is-conflict',
    realBug: 'a single write whose answer was lost is run again, and so happens twice',
    file: 'lib/transaction/one-write.ts',
    find: 'if (previous === mine) return;',
    replace: 'if (previous === mine) throw new Conflict(slot.place);',
  },
  {
    name: 'transaction-one-write-version-unread',
    realBug: 'a single write that was refused by itself is taken for one that was overtaken',
    file: 'lib/transaction/one-write.ts',
    find: 'if (found === mine) return;',
    replace: '',
  },
  {
    name: 'transaction-one-write-gives-way-in-doubt',
    realBug: 'a single write without an answer is called refused, because an older one goes first',
    file: 'lib/transaction/one-write.ts',
    find: `party, until).catch((cause: unknown) => {
          throw isInDoubt ?`,
    replace: `party, until).catch((cause: unknown) => {
          throw isInDoubt && !(cause instanceof Conflict) ?`,
  },
  {
    name: 'transaction-absences-unpinned',
    realBug: 'absent before and absent after is taken for absent all the time',
    file: 'lib/transaction/plan.ts',
    find: 'const free = hasQuery ? 0 : 1;',
    replace: 'const free = hasQuery ? 0 : reads.length;',
  },
  {
    name: 'transaction-absence-validated-last',
    realBug: 'the one absence that is not locked is looked at when the rest has gone on',
    file: 'lib/transaction/coordinator.ts',
    find: `for (const read of alone) await this.#validateOne(read, signal);
    const others = reads.filter((read) => !alone.includes(read));
    await inParallel(others, (read, _, inner) => this.#validateOne(read, inner), { signal });`,
    replace: `const others = reads.filter((read) => !alone.includes(read));
    await inParallel(others, (read, _, inner) => this.#validateOne(read, inner), { signal });
    for (const read of alone) await this.#validateOne(read, signal);`,
  },
  {
    name: 'transaction-pending-read-returned',
    realBug: 'a single read under a lock is returned: what was acknowledged before it is missed',
    file: 'lib/transaction/plan.ts',
    find: 'reads[0]?.snapshot.isPending === false)',
    replace: 'reads[0] !== undefined)',
  },
  {
    name: 'transaction-stub-left',
    realBug: 'a lock on an absent key is released like any other, and leaves an item nobody wrote',
    file: 'lib/transaction/operation.ts',
    find: "if (lock.isStub) return { kind: 'delete', table, key, condition };",
    replace: '',
  },
  {
    name: 'transaction-query-not-validated',
    realBug: 'a query is read once: phantoms',
    file: 'lib/transaction/attempt.ts',
    find: `    // What forgets comes first: a range, or the one such read that is not locked.
    if (range !== undefined)`,
    replace: 'if (range !== undefined && range.found.size < 0)',
  },
  {
    name: 'transaction-fence-checked-first',
    realBug: 'the hold is checked when the transaction begins, and lost before it commits',
    file: 'lib/transaction/attempt.ts',
    find: `    await this.#coordinator.validate(reads);
    await this.#checkFence();`,
    replace: '    await this.#coordinator.validate(reads);',
  },
  {
    name: 'transaction-marker-unlocked',
    realBug: 'an idempotency key is looked up, and remembered after the fact',
    file: 'lib/transaction/replay.ts',
    find: "return { name: placeName(place), place, snapshot, intent: { kind: 'put', image } };",
    replace: 'return { name: placeName(place), place, snapshot, intent: undefined };',
  },
  {
    name: 'transaction-ends-while-it-beats',
    realBug: 'a transaction is taken for orphaned by its age, although it shows signs of life',
    file: 'lib/transaction/resolver.ts',
    find: 'if (record.heartbeat !== heartbeat) silentSinceMs = nowMs;',
    replace: '',
  },
  {
    name: 'transaction-item-lock-is-foreign',
    realBug: 'an item without the version of ours was overwritten by a program that knows of none',
    file: 'lib/transaction/coordinator.ts',
    find: 'if (isWrittenByHold(item, seen)) return false;',
    replace: '',
  },
  {
    name: 'transaction-writes-into-a-stub',
    realBug: 'an item that was written where a lock stood alone is removed with that lock',
    file: 'lib/transaction/plan.ts',
    find: '...stubIn(image)',
    replace: '...stubIn(undefined)',
  },
  {
    name: 'transaction-drops-the-hold',
    realBug: 'writing a whole item takes the lock out of it, and its tokens begin anew',
    file: 'lib/transaction/plan.ts',
    find: '...holdIn(image)',
    replace: '...holdIn(undefined)',
  },
  {
    name: 'transaction-writes-back-a-hold',
    realBug: 'a lock that was taken meanwhile is overwritten by the one that was seen before',
    file: 'lib/transaction/one-write.ts',
    find: "slot.operation.kind === 'put' ? isHeldAsSeen(slot.snapshot.image) : []",
    replace: "slot.operation.kind === 'delete' ? isHeldAsSeen(slot.snapshot.image) : []",
  },
] as const satisfies readonly Mutant[];

export type TransactionMutantName = (typeof TRANSACTION_MUTANTS)[number]['name'];
