import type { Mutant } from '../mutant.ts';

const WRITES = 'lib/lease/writes.ts';
const KEEPER = 'lib/lease/keeper.ts';
const VALIDITY = 'lib/lease/validity.ts';
const GIVE_UP = 'lib/lease/give-up.ts';

/** Bugs in what an owner believes, renews and gives up: rules 4, 7 and 10. */
export const OWNER_MUTANTS = [
  {
    name: 'lease-dated-from-answer',
    realBug: 'the lease is counted from the answer, a round trip late: KCL, client-go',
    file: 'lib/lease/record-client.ts',
    find: `const sent = instantOf(this.#runtime.clock);
    const result = await this.#runtime.store.write(request);`,
    replace: `const result = await this.#runtime.store.write(request);
    const sent = instantOf(this.#runtime.clock);`,
  },
  {
    name: 'own-success-dated-from-retry',
    realBug: 'the third attempt learns that the first one won, and counts the lease from the third',
    file: 'lib/lease/pursuit.ts',
    find: 'return this.#confirm(row, step.owner);',
    replace: `if (step.owner.renewals === 0) return this.#confirm(row, step.owner);
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
    name: 'wall-clock-ignored-in-validity',
    realBug: 'the monotonic clock stands still while the host is suspended (nodejs/node#47724)',
    file: VALIDITY,
    find: ', validity.wallUntilMs - now.wallMs)',
    replace: ')',
  },
  {
    name: 'monotonic-clock-ignored-in-validity',
    realBug: 'a lease that ends by Date.now() lasts longer when the clock is set back: redlock',
    file: VALIDITY,
    find: 'Math.min(validity.monotonicUntilMs - now.monotonicMs, ',
    replace: 'Math.min(',
  },
  {
    name: 'own-answer-ignored-in-validity',
    realBug: 'the owner trusts its own clock more than what the table has just answered',
    file: VALIDITY,
    find: 'Math.min(leaseMs, byTableMs) - marginMs(leaseMs)',
    replace: 'leaseMs - marginMs(leaseMs)',
  },
  {
    name: 'margin-missing',
    realBug:
      'two clocks at slightly different rates, and a lease that is used to its last millisecond',
    file: VALIDITY,
    find: 'return Math.max(250, 0.02 * leaseMs);',
    replace: 'return 0;',
  },
  {
    name: 'cached-is-held-flag',
    realBug:
      'a flag that a timer clears is still set in a process that has just stood still: redlock',
    file: 'lib/lease/hold.ts',
    find: 'return this.lease.remainingMs();',
    replace: 'return this.lease.signal.aborted ? 0 : this.lease.leaseMs;',
  },
  {
    name: 'renew-without-owner-check',
    realBug: 'the heartbeat writes whatever the row says by now, and takes the lock back',
    file: WRITES,
    find: `actions: [...leased(write, number), ...renewalActions(purpose, token, time)],
    condition: and(`,
    replace: `actions: [
      set(ATTRIBUTE.owner, id),
      set(ATTRIBUTE.token, token),
      ...leased(write, number),
      ...renewalActions(purpose, token, time),
    ],
    condition: undefined && and(`,
  },
  {
    name: 'release-late-renew-revives',
    realBug:
      'release leaves in place what a renewal tests, and a late renewal undoes it: tristanls',
    file: WRITES,
    find: `actions: [...leased(write, number), ...renewalActions(purpose, token, time)],
    condition: and(`,
    replace: `actions: [
      set(ATTRIBUTE.owner, id),
      ...leased(write, number),
      ...renewalActions(purpose, token, time),
    ],
    condition: equals(ATTRIBUTE.token, token) ?? and(`,
  },
  {
    name: 'renewals-not-numbered',
    realBug: 'a late duplicate of an old renewal moves the end of the lease back',
    file: WRITES,
    find: "compare(ATTRIBUTE.renewals, '<', number),",
    replace: '',
  },
  {
    name: 'renew-chained-to-previous-version',
    realBug:
      'one lost answer, and the living owner loses its own lease: AWS client #29, dynamolock #280',
    file: WRITES,
    find: "compare(ATTRIBUTE.renewals, '<', number),",
    replace: "compare(ATTRIBUTE.renewals, '=', number - 1),",
  },
  {
    name: 'renew-chained-to-last-answer',
    realBug: 'a renewal that was applied without an answer is sent again, and refused for ever',
    file: KEEPER,
    find: 'this.#sent += 1;',
    replace: 'this.#sent = this.#acknowledged + 1;',
  },
  {
    name: 'heartbeat-stops-after-one-error',
    realBug: 'one error of the network ends the heartbeat for ever: tristanls, deliveryhero',
    file: KEEPER,
    find: '        failures += 1;\n',
    replace: '        return;\n',
  },
  {
    name: 'conflict-taken-for-loss',
    realBug: 'a transaction of the user conflicts with a heartbeat, and the owner gives up',
    file: KEEPER,
    find: 'this.#lastFailure = errorOfFailure(',
    replace: `if (result.failure.reason === 'conflict') {
          this.lose({ reason: 'taken', detail: 'conflict' });
        }
        this.#lastFailure = errorOfFailure(`,
  },
  {
    name: 'release-unconditional',
    realBug: "a late release frees the next owner's lock: ShedLock, Powertools, dynamodb-mutex",
    file: WRITES,
    find: 'condition: and(ownedBy(holding), absent([ATTRIBUTE.queue, 0])),',
    replace: '',
  },
  {
    name: 'previous-not-kept',
    realBug:
      'a repeated release is told that the lock was stolen, because nothing says who freed it',
    file: WRITES,
    find: "ended(holding, 'released'),",
    replace: '',
  },
  {
    name: 'taken-from-not-kept',
    realBug: 'an owner whose release was late cannot learn whether it or its heir ended the hold',
    file: WRITES,
    find: 'copy(ATTRIBUTE.takenFrom, ATTRIBUTE.owner, NOBODY),',
    replace: 'remove(ATTRIBUTE.takenFrom),',
  },
  {
    name: 'release-given-up-at-once',
    realBug: 'a release that fails once is not repeated, and others wait for the whole lease',
    file: GIVE_UP,
    find: '        cause = answer.failure;\n        unsure = true;\n        return tryAgain;',
    replace: "        return stopWith({ outcome: 'unknown', cause: answer.failure });",
  },
] as const satisfies readonly Mutant[];
