import type { Mutant } from '../mutant.ts';

const LEADER = 'lib/election/leader.ts';
const LEADERSHIP = 'lib/election/leadership.ts';

/** Bugs in how leaders are shown, speak and hand over. */
export const LEADING_MUTANTS = [
  {
    name: 'grant-shown-as-leader',
    realBug: 'a candidate is announced as leader before it knows of its election',
    file: LEADER,
    find: 'owner === undefined || owner.renewals === 0 || value === undefined',
    replace: 'owner === undefined',
  },
  {
    name: 'ended-term-revived',
    realBug: 'a replica that lags shows a leader who has resigned, and followers turn back to it',
    file: LEADER,
    find: 'if (seen.isOver) return next.isOver;',
    replace: '',
  },
  {
    name: 'old-proclamation-shown',
    realBug: 'a replica that lags shows what the leader said before',
    file: LEADER,
    find: 'return next.isOver || next.version >= seen.version;',
    replace: 'return true;',
  },
  {
    name: 'leader-dead-by-stale-read',
    realBug: 'a replica that lags shows the end of an older lease, and the leader is given up',
    file: 'lib/election/observer.ts',
    find: 'return doubtful && !isFirst ? read(line, true) : sight;',
    replace: 'return sight;',
  },
  {
    name: 'leader-resigns-while-body-runs',
    realBug: 'the leadership is given up first and the work ended afterwards: client-go',
    file: 'lib/lease/hold.ts',
    find: 'const result = await body(hold);',
    replace: `const running = body(hold);
    await hold[Symbol.asyncDispose]();
    const result = await running;`,
  },
  {
    name: 'transfer-by-position',
    realBug: 'the line has moved since it was read, and somebody else is made leader',
    file: 'lib/lease/queue-writes.ts',
    find: "condition: and(ownedBy(holding), equals([QUEUE, position, 'id'], id)),",
    replace: 'condition: and(ownedBy(holding), exists([QUEUE, position])),',
  },
  {
    name: 'transfer-without-owner-check',
    realBug: 'a late transfer gives away what somebody else leads by now',
    file: 'lib/lease/queue-writes.ts',
    find: "condition: and(ownedBy(holding), equals([QUEUE, position, 'id'], id)),",
    replace: "condition: exists([QUEUE, position, 'id']),",
  },
  {
    name: 'transfer-tried-once',
    realBug: 'the first request without an answer ends the transfer, done or not',
    file: LEADERSHIP,
    find: "return answer.kind === 'applied' ?",
    replace: `if (answer.kind === 'unknown') throw new Error('no answer');
    return answer.kind === 'applied' ?`,
  },
  {
    name: 'transfer-of-what-was-resigned',
    realBug: 'whoever has given the leadership up is told that it has gone to his candidate',
    file: LEADERSHIP,
    find: "if (verdict.kind === 'ended' && wasHeld)",
    replace: "if (verdict.kind === 'ended' && (wasHeld || true))",
  },
  {
    name: 'unanswered-transfer-unnoticed',
    realBug: 'a leader whose transfer failed goes on leading beside the one it went to: found here',
    file: 'lib/lease/lease.ts',
    find: "if (verdict.kind === 'ended' && this.#isGivenAway) return",
    replace: "if (verdict.kind === 'ended') return",
  },
  {
    name: 'proclamations-out-of-order',
    realBug: 'a repeated request undoes what was said after it: found here',
    file: 'lib/lease/writes.ts',
    find: "compare(ATTRIBUTE.valueVersion, '<', purpose.valueVersion)",
    replace: 'undefined',
  },
] as const satisfies readonly Mutant[];
