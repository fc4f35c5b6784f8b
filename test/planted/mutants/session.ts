import type { Mutant } from '../mutant.ts';

const SESSION_WATCH = 'lib/lease/session-watch.ts';

/** Bugs of sessions: rules 19 and 20. */
export const SESSION_MUTANTS = [
  {
    name: 'unanswered-release-forgotten',
    realBug: 'a release that had no answer leaves the hold to a session that lives for long',
    file: 'lib/lease/late-attempt.ts',
    find: "result.outcome === 'unknown' && session",
    replace: "result.outcome === 'forgotten' && session",
  },
  {
    name: 'late-attempts-forgotten',
    realBug: 'a request that nobody waits for any more takes the lock, and nobody gives it back',
    file: 'lib/lease/late-attempt.ts',
    find: 'if (late !== undefined && runtime.renews) void follow(',
    replace: 'if (late !== undefined && !runtime.renews) void follow(',
  },
  {
    name: 'session-not-killed-before-take',
    realBug: 'what a living session holds is taken on the word of a look that was long under way',
    file: SESSION_WATCH,
    find: 'const { token } = row;',
    replace: 'if (session !== "") return true;\n    const { token } = row;',
  },
  {
    name: 'session-killed-unconditionally',
    realBug: 'a session that has given signs of life since it was judged is killed all the same',
    file: 'lib/lease/session-writes.ts',
    find: `      ownedBy(write),
      or(`,
    replace: `      ownedBy(write),
      Number(1) > 0 ? undefined : or(`,
  },
  {
    name: 'session-hold-judged-by-its-own-row',
    realBug: 'a hold without a heartbeat of its own is taken for dead',
    file: 'lib/lease/session-watch.ts',
    find: 'return this.isDead(session, waiting);',
    replace: 'return client.isSilent(row);',
  },
  {
    name: 'session-end-not-passed-on',
    realBug: 'holds go on when the session they ride on has ended',
    file: 'lib/lease/keeper.ts',
    find: 'session?.remainingMs() ??',
    replace: '(session && 60_000) ??',
  },
  {
    name: 'session-beats-by-lease-alone',
    realBug: 'a heartbeat interval that is right for the usual lease, and too long for a short one',
    file: 'lib/lease/session.ts',
    find: 'return Math.max(BEATS_PER_LEASE, (2 * leaseMs) / sureMs(leaseMs));',
    replace: 'return Math.max(BEATS_PER_LEASE, 0 / sureMs(leaseMs));',
  },
  {
    name: 'session-ghost-believed',
    realBug: 'what a late request took under a session that lives is never given back by anybody',
    file: 'lib/lease/session-watch.ts',
    find: 'if (session === undefined || this.#isGhost(session, name, row))',
    replace: 'if (session === undefined)',
  },
  {
    name: 'session-of-another-instance',
    realBug: 'a hold rides on a session that others look for in another namespace: it seems dead',
    file: 'lib/lease/session.ts',
    find: 'if (rider !== this.#runtime) {',
    replace: 'if (rider === undefined) {',
  },
] as const satisfies readonly Mutant[];
