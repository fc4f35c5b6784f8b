import type { Mutant } from '../mutant.ts';

const WRITES = 'lib/lease/writes.ts';

/** Bugs by which the library's own writes go past a transaction's lock, or lose a number. */
export const ROW_LOCK_MUTANTS = [
  {
    name: 'fence-marks-by-partition',
    realBug: 'holds whose rows share a partition are taken for grants of one row',
    file: 'lib/transaction/record.ts',
    find: 'nameOfRow({ pk, sk }: Key): string {',
    replace: 'nameOfRow({ pk, sk: _ }: Key, sk = 0): string {',
  },
  {
    name: 'strict-fence-not-locked',
    realBug: 'the hold is looked at before the decision, and lost in between',
    file: 'lib/transaction/attempt.ts',
    find: 'fence && isStrict ?',
    replace: 'fence && isStrict && fence.guard === undefined ?',
  },
  {
    name: 'steal-passes-locks',
    realBug: 'a thief looks at the lease alone: whoever it robs commits afterwards',
    file: WRITES,
    find: 'newer, known, onlyWaiting(expiredQueue)),',
    replace: 'newer, known, onlyWaiting(expiredQueue)),\npassesLocks: true,',
  },
  {
    name: 'release-passes-locks',
    realBug: 'a hold that is released goes on to fence what is under way',
    file: WRITES,
    find: 'condition: and(ownedBy(holding), absent([ATTRIBUTE.queue, 0])),',
    replace: 'condition: and(ownedBy(holding), absent([ATTRIBUTE.queue, 0])),\npassesLocks: true,',
  },
  {
    name: 'hand-over-passes-locks',
    realBug: 'a release that hands over is another write, and was forgotten',
    file: 'lib/lease/queue-writes.ts',
    find: 'condition: and(ownedBy(holding), exists([QUEUE, 0])),',
    replace: 'condition: and(ownedBy(holding), exists([QUEUE, 0])),\npassesLocks: true,',
  },
  {
    name: 'row-lock-removed-unresolved',
    realBug: 'a lock in the way is taken away, and its transaction commits without it',
    file: 'lib/transaction/row-locks.ts',
    find: 'await resolver.clear(place, lock, party, signal);',
    replace: `await store.write({
      kind: 'update',
      key: { pk, sk },
      actions: [{ kind: 'remove', path: ['_txl'] }],
    });`,
  },
  {
    name: 'row-lock-refusal-final',
    realBug: 'a lock in the way is taken for what the row says: a free name is called taken',
    file: 'lib/store/lock-aware-store.ts',
    find: 'if (item?.[ATTRIBUTE.transactionLock] === undefined) return result;',
    replace: 'if (item !== request) return result;',
  },
  {
    name: 'gapless-number-taken-at-once',
    realBug: 'the number is taken when it is asked for, and gone when the transaction fails',
    file: 'lib/naming/gapless.ts',
    find: `await rows.amend(this.#client.key, (item) => {
      number = this.#nextOf(parseSequenceRow(item));
      return numberTaken(number);
    });`,
    replace: `const actions = [{ kind: 'increment' as const, path: ['next'] as const, by: 1 }];
    const taken = await store.write({ kind: 'update', key: this.#client.key, actions });
    if (taken.kind === 'applied') number = Number(taken.item?.next) - 1;`,
  },
  {
    name: 'gapless-reads-before-others',
    realBug: 'two calls in one transaction read before either has taken its number',
    file: 'lib/transaction/transaction.ts',
    find: "(intent?.kind === 'amend' ? { ...image, ...intent.set } : image)",
    replace: '(intent === undefined ? image : image)',
  },
  {
    name: 'transaction-error-of-an-ended-one',
    realBug: 'what it locked first is true as long as nobody has ended it, and nobody asked',
    file: 'lib/transaction/attempt.ts',
    find: 'if (this.#locked !== undefined) await this.#coordinator.stopIfEnded();',
    replace: '',
  },
  {
    name: 'sequence-kind-unchecked',
    realBug: 'blocks are taken from a sequence that promises no gaps',
    file: 'lib/naming/sequence.ts',
    find: "if (mismatch !== undefined) return { kind: 'refuse', error: mismatch };",
    replace: '',
  },
] as const satisfies readonly Mutant[];
