import type { Mutant } from '../mutant.ts';

const LOCK_SET = 'lib/lock/lock-set.ts';

const DEADLOCK = 'lib/lock/deadlock.ts';
const PORTABLE = 'lib/lock/portable-hold.ts';

/** Bugs in taking several locks at once, and in taking holds elsewhere. */
export const SEVERAL_MUTANTS = [
  {
    name: 'locks-try-keeps-part',
    realBug: 'what was taken before the refusal is kept until its lease ends',
    file: LOCK_SET,
    find: `          await releaseAll(holds);
          return { acquired: false`,
    replace: '          return { acquired: false',
  },
  {
    name: 'locks-in-the-callers-order',
    realBug: 'two who name the same locks in other orders each take their first, and wait',
    file: LOCK_SET,
    find: 'locks.toSorted((one, other) => (one.name < other.name ? -1 : 1));',
    replace: '[...locks];',
  },
  {
    name: 'locks-never-back-out',
    realBug: 'a multi-lock that holds what it has while it waits for what somebody else has',
    file: LOCK_SET,
    find: 'holds.size === 0 ? leftMs : Math.min(leftMs, patienceMs)',
    replace: 'patienceMs > 0 ? leftMs : 0',
  },
  {
    name: 'locks-granted-without-a-part',
    realBug: 'a lock is lost while the next one is waited for, and the caller is told he has both',
    file: LOCK_SET,
    find: `      throwIfOneIsLost(holds);
      return { kind: 'granted'`,
    replace: "      return { kind: 'granted'",
  },
  {
    name: 'export-goes-on-renewing',
    realBug: 'a heartbeat that was due in the meantime undoes what passes the lock on',
    file: PORTABLE,
    find: '  lease.stop();\n  const renewed',
    replace: '  const renewed',
  },
  {
    name: 'export-released-at-closing',
    realBug: 'a process that ends properly releases the lock that it has passed on',
    file: PORTABLE,
    find: '  line.setDown(lease);\n',
    replace: '',
  },
  {
    name: 'stale-export-takes-what-is-free',
    realBug: 'a message that is delivered twice takes the lock a second time',
    file: PORTABLE,
    find: 'if (passed.row.owner?.id !== id) throw',
    replace: 'if (id === "") throw',
  },
  {
    name: 'export-adopted-under-its-token',
    realBug: 'a lock that is passed on keeps its token: who passed it on can go on writing by it',
    file: PORTABLE,
    find: 'token: proposeToken(time, from.token) };',
    replace: 'token: from.token };',
  },
  {
    name: 'export-leaves-session',
    realBug: 'a lock that is passed on ends with the process that has passed it on',
    file: PORTABLE,
    find: 'session: undefined,\n        expiresAtMin',
    replace: 'session: lease.terms.session?.id,\n        expiresAtMin',
  },
  {
    name: 'circle-believed-at-first-look',
    realBug: 'a deadlock is put together of rows that were read at different times: a phantom',
    file: DEADLOCK,
    find: 'if (!(await stands(edge, sight))) return [];',
    replace: '',
  },
  {
    name: 'waiters-told-to-a-tombstone',
    realBug:
      'a mark for somebody who is gone makes his row anew, or writes into what is left of it',
    file: 'lib/lease/session-waiters.ts',
    find: 'const isAlive = equals(ATTRIBUTE.owner, session);',
    replace: "const isAlive = session === '' ? equals(ATTRIBUTE.owner, session) : and();",
  },
  {
    name: 'waiters-of-an-earlier-hold',
    realBug: 'who waited behind the hold before is reported as waiting behind this one',
    file: 'lib/lease/session-waiters.ts',
    find: 'mark.pk === pk && mark.token === token',
    replace: 'mark.pk === pk && token > 0',
  },
  {
    name: 'revoke-outlives-its-hold',
    realBug: 'a request is addressed to a name, and whoever has it next gives it up for nothing',
    file: 'lib/lock/control.ts',
    find: 'pk === lease.key.pk && token === lease.token',
    replace: 'pk === lease.key.pk && token > 0',
  },
] as const satisfies readonly Mutant[];
