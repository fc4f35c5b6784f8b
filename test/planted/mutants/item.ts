import type { Mutant } from '../mutant.ts';

const WRITES = 'lib/lock/item-writes.ts';

/** Bugs in locks that stand in the items of users. */
export const ITEM_MUTANTS = [
  {
    name: 'item-written-without-its-hold',
    realBug: 'the write that ends the hold trusts the look at the clock before it',
    file: WRITES,
    find: 'condition: [...heldBy(holding), isVersion(version)],\n  };\n}\n\n/** Deletes',
    replace: 'condition: [isVersion(version)],\n  };\n}\n\n/** Deletes',
  },
  {
    name: 'item-taken-by-a-late-copy',
    realBug: 'an acquire asks only whether the item is free, and its copy finds it free again',
    file: WRITES,
    find: 'any(absent(LOCK.token), below([LOCK.token], token))',
    replace: 'exists(place.partitionKey)',
  },
  {
    name: 'item-stub-left-behind',
    realBug: 'a lock on what does not exist yet leaves an item that nobody has written',
    file: WRITES,
    find: "if (isStub) return { kind: 'delete', table,",
    replace: "if (isStub && table === '') return { kind: 'delete', table,",
  },
  {
    name: 'item-renewals-not-numbered',
    realBug: 'a renewal that was overtaken puts the end of the lease back',
    file: WRITES,
    find: 'condition: [...heldBy(terms), below([LOCK.holder, FIELD.renewals], number)],',
    replace: 'condition: [...heldBy(terms)],',
  },
  {
    name: 'item-taken-under-a-transaction',
    realBug: 'a lock is put into an item that a transaction is about to write as it has read it',
    file: WRITES,
    find: `      exists(place.partitionKey),
      absent(...TRANSACTION_LOCK),`,
    replace: '      exists(place.partitionKey),',
  },
  {
    name: 'item-written-over-a-transaction',
    realBug: 'the holder writes what it had read before a transaction changed it',
    file: WRITES,
    find: 'condition: [...heldBy(holding), isVersion(version)],\n  };\n}\n\n/** Deletes',
    replace: 'condition: [...heldBy(holding)],\n  };\n}\n\n/** Deletes',
  },
  {
    name: 'item-write-keeps-the-version',
    realBug: 'a transaction that has read the item before does not notice that it was written',
    file: WRITES,
    find: 'LOCK.holder, LOCK.stub, TRANSACTION.version, TRANSACTION.previous]',
    replace: 'LOCK.holder, LOCK.stub]',
  },
] as const satisfies readonly Mutant[];
