import type { Mutant } from '../mutant.ts';

const WRITES = 'lib/lease/writes.ts';
const SILENCE = 'lib/lease/silence.ts';

/** Bugs in when a row may be taken, and in what is written then: rules 3, 5, 6, 8, 9 and 11. */
export const OWNERSHIP_MUTANTS = [
  {
    name: 'acquire-unconditional',
    realBug: 'read, look, then write without a condition: every first attempt at a lock',
    file: WRITES,
    find: 'or(free, lapsed, silent),',
    replace: '',
  },
  {
    name: 'acquire-without-token-clause',
    realBug: 'a late duplicate of an acquire that was given up takes the lock for nobody',
    file: WRITES,
    find: ', newer, known',
    replace: ', known',
  },
  {
    name: 'acquire-ignores-queue',
    realBug: 'a newcomer overtakes those who wait, and the last of them starves',
    file: WRITES,
    find: 'known, onlyWaiting(expiredQueue)',
    replace: 'known',
  },
  {
    name: 'acquire-ignores-transaction',
    realBug: 'a plain write goes past the lock that a transaction has put into the row',
    file: 'lib/store/lock-aware-store.ts',
    find: 'and(request.condition, absent(ATTRIBUTE.transactionLock))',
    replace: 'and(request.condition)',
  },
  {
    name: 'clockless-token-guessed',
    realBug: 'the next token is counted from a row that has been deleted since',
    file: WRITES,
    find: 'newer, known, onlyWaiting',
    replace: 'newer, onlyWaiting',
  },
  {
    name: 'steal-by-latest-instead-of-earliest',
    realBug: 'the error bound of a clock is added on the side that suits the thief',
    file: WRITES,
    find: "const lapsed = time && compare(ATTRIBUTE.expiresAt, '<', time.earliest);",
    replace: "const lapsed = time && compare(ATTRIBUTE.expiresAt, '<', time.latest);",
  },
  {
    name: 'steal-despite-renewal',
    realBug: 'the owner that was seen silent renews just before it is replaced',
    file: WRITES,
    find: 'equals(ATTRIBUTE.renewals, renewals),',
    replace: '',
  },
  {
    name: 'silence-from-before-read',
    realBug: 'the silence is counted from the request instead of its answer: client-go, KCL',
    file: 'lib/lease/row-client.ts',
    find: 'silence.note(row, nowMs);',
    replace: 'silence.note(row, sentMs);',
  },
  {
    name: 'silence-ignores-renewals',
    realBug: 'the observer remembers who the owner is, but not how often it has renewed',
    file: SILENCE,
    find: `\${row.owner?.id} \${row.token} \${row.owner?.renewals}`,
    replace: `\${row.owner?.id} \${row.token}`,
  },
  {
    name: 'silence-by-default-lease',
    realBug: 'observers wait for their own lease time instead of the one that the owner stored',
    file: SILENCE,
    find: 'return nowMs - this.#seen.sinceMs > owner.leaseMs;',
    replace: 'return nowMs - this.#seen.sinceMs > 15_000;',
  },
  {
    name: 'expires-at-removed-not',
    realBug: 'an owner that lost its clock renews, and the end that an earlier write stored stays',
    file: WRITES,
    find: 'setOrRemove(ATTRIBUTE.expiresAt, expiresAt),',
    replace: '...(expiresAt === undefined ? [] : [set(ATTRIBUTE.expiresAt, expiresAt)]),',
  },
  {
    name: 'owned-since-stays',
    realBug: 'an owner without a clock is shown with the start of the one before it',
    file: WRITES,
    find: `set(ATTRIBUTE.event, \`acquired#\${token}\`),
      setOrRemove(ATTRIBUTE.ownedSince, time && Math.floor(time.latest)),`,
    replace: `set(ATTRIBUTE.event, \`acquired#\${token}\`),
      ...(time ? [set(ATTRIBUTE.ownedSince, Math.floor(time.latest))] : []),`,
  },
  {
    name: 'ttl-not-pushed',
    realBug: 'TTL is set at the acquire only, and deletes a lock that is held for a week',
    file: WRITES,
    find: 'setOrRemove(ATTRIBUTE.ttl, expiresAt && ttlSeconds(expiresAt, terms.token)),',
    replace: `...(renewals > 1
      ? []
      : [setOrRemove(ATTRIBUTE.ttl, expiresAt && ttlSeconds(expiresAt, terms.token))]),`,
  },
  {
    name: 'ttl-by-expiry-only',
    realBug: 'a row is garbage by the end of its lease, although its token is still ahead of time',
    file: WRITES,
    find: 'Math.max(expiresAt, timeOfToken(token)) + RETENTION_MS',
    replace: 'expiresAt + RETENTION_MS',
  },
  {
    name: 'token-counter-only',
    realBug: 'the counter starts again when TTL or an operator has deleted the row: tristanls',
    file: 'lib/lease/token.ts',
    find: 'Math.ceil(time.latest) * TOKENS_PER_MS;',
    replace: '0;',
  },
  {
    name: 'token-by-time-only',
    realBug: 'two grants within one reading of the clock, or after it was corrected, get one token',
    file: 'lib/lease/token.ts',
    find: 'Math.max(byTime, lastSeen + 1)',
    replace: 'Math.max(byTime, 1)',
  },
  {
    name: 'token-from-wall-clock',
    realBug: 'fencing tokens are Date.now() of whoever acquires: RedissonFencedLock look-alikes',
    file: 'lib/lease/pursuit.ts',
    find: 'token: proposeToken(time, row.token) };',
    replace: `token: proposeToken(
          time && { ...time, latest: this.#runtime.clock.wallMs() },
          row.token,
        ) };`,
  },
] as const satisfies readonly Mutant[];
