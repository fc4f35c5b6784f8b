import type { Mutant } from '../mutant.ts';

const WRITES = 'lib/lock/pool-writes.ts';
const QUEUE = 'lib/lock/pool-queue.ts';
const MEMORY = 'lib/lock/pool-memory.ts';
const POOL = 'lib/lock/pool.ts';

/** Bugs in how the permits of a pool are taken, kept and given back. */
export const POOL_MUTANTS = [
  {
    name: 'pool-take-without-free',
    realBug: 'the permits are counted by the client, and two clients count at once',
    file: WRITES,
    find: "compare(FREE, '>=', needed),",
    replace: '',
  },
  {
    name: 'pool-take-without-id',
    realBug: 'a conditional counter under retry: the second attempt takes a second permit',
    file: WRITES,
    find: 'absent(holderPath(id)),',
    replace: '',
  },
  {
    name: 'pool-take-without-token',
    realBug: 'a late duplicate of an acquire takes a permit for somebody who has released it',
    file: WRITES,
    find: "compare(TOKEN, '<', token),\n      // Without",
    replace: '// Without',
  },
  {
    name: 'pool-take-overtakes',
    realBug: 'small requests overtake a large one for ever: Semaphore without fairness',
    file: WRITES,
    find: '      write.place === undefined ? lineIs(seen.queue) :',
    replace: '      write.place === undefined ? undefined :',
  },
  {
    name: 'pool-release-by-count',
    realBug: 'release adds one to a counter, whoever calls it and however often: SemaphoreSlim',
    file: WRITES,
    find: "condition: equals(holderPath(held.id, 'permits'), held.permits),",
    replace: 'condition: compare(FREE, ">=", 0),',
  },
  {
    name: 'pool-renewal-unnumbered',
    realBug: 'a late duplicate of an older renewal moves the end of the lease back',
    file: WRITES,
    find: "condition: compare(holderPath(id, 'renewals'), '<', number),",
    replace: "condition: compare(holderPath(id, 'renewals'), '>', 0),",
  },
  {
    name: 'pool-reap-despite-renewal',
    realBug: 'the holder that was seen silent renews just before its permits are taken away',
    file: WRITES,
    find: "silent ? equals(holderPath(id, 'renewals'), renewals) : undefined,",
    replace: "silent ? compare(holderPath(id, 'renewals'), '>', 0) : undefined,",
  },
  {
    name: 'pool-reap-by-latest',
    realBug: 'the error bound of a clock is added on the side that suits the thief',
    file: 'lib/lock/pool-plan.ts',
    find: 'time.earliest > expiresAt;',
    replace: 'time.latest + 2_000 > expiresAt;',
  },
  {
    name: 'pool-resize-unconditional',
    realBug: 'shrinking below the number in use leaves a negative count: reducePermits',
    file: WRITES,
    find: "compare(FREE, '>=', seen.limit - limit),",
    replace: '',
  },
  {
    name: 'pool-join-twice',
    realBug: 'a late duplicate of the request to wait puts somebody in line who is long gone',
    file: QUEUE,
    find: 'equals(TOKEN, seen.token), ',
    replace: '',
  },
  {
    name: 'pool-dead-head-stays',
    realBug: 'a waiter that died at the head of the line holds up everybody behind it',
    file: MEMORY,
    find: 'this.#head.sinceMs + IDLE_HEAD_MS < nowMs',
    replace: 'this.#head.sinceMs + IDLE_HEAD_MS < 0',
  },
  {
    name: 'pool-silence-ignores-token',
    realBug: 'whoever was taken for dead once is taken for dead at its next sign of life, too',
    file: MEMORY,
    find: 'return [token, renewals].join();',
    replace: 'return [token > 0, renewals].join();',
  },
  {
    name: 'pool-silence-ignores-renewals',
    realBug: 'the observer remembers who holds, but not how often they have renewed',
    file: MEMORY,
    find: 'if (this.#holders.get(holder.id)?.sign === sign) continue;',
    replace: 'if (this.#holders.has(holder.id)) continue;',
  },
  {
    name: 'pool-ghost-left-behind',
    realBug: 'a caller gives up on an acquire whose answer was lost, and the permit stays taken',
    file: POOL,
    find: 'if (mayBeInRow) this.#track(this.#withdraw(id));',
    replace: '',
  },
  {
    name: 'pool-own-grant-not-recognised',
    realBug:
      'a client waits for the lease of its own ghost, whose answer was lost: AWS lock client',
    file: 'lib/lock/pool-plan.ts',
    find: "if (own !== undefined) return { kind: 'confirm', holder: own };",
    replace: "if (own !== undefined) return { kind: 'wait', place: undefined };",
  },
  {
    name: 'pool-unknown-taken-for-applied',
    realBug: 'a time-out of an acquire is taken for its success',
    file: 'lib/lock/pool-pursuit.ts',
    find: 'this.#late = lateWith(this.#late, this.#terms.session, token);',
    replace: `{
      const holders = new Map([
        [id, { ...write, renewals: 1, expiresAt: undefined } as unknown as PoolHolder],
      ]);
      const sent = { monotonicMs: this.#beganMs, wallMs: this.#runtime.clock.wallMs() };
      return this.#grant({ kind: 'applied', row: { ...row, holders }, sent, dateMs: undefined });
    }`,
  },
  {
    name: 'pool-upgrade-beside-readers',
    realBug: 'a reader becomes the writer while others read',
    file: WRITES,
    find: "to > from ? compare(FREE, '>=', to - from) : undefined,",
    replace: '',
  },
  {
    name: 'pool-upgrade-past-waiters',
    realBug: 'a reader becomes the writer before one who has waited to write',
    file: WRITES,
    find: 'to > from ? absent([QUEUE, 0]) : undefined,',
    replace: '',
  },
  {
    name: 'pool-change-unnumbered',
    realBug: 'a late duplicate of a downgrade lets readers in beside the writer of a later upgrade',
    file: WRITES,
    find: "compare(holderPath(id, 'renewals'), '<', number),\n      to > from ? compare",
    replace: 'to > from ? compare',
  },
  {
    name: 'permit-under-session-judged-by-its-entry',
    realBug: 'permits without a heartbeat of their own are taken for those of the dead',
    file: MEMORY,
    find: 'if (holder.session !== undefined) return this.#deadSessions.has(holder.session);',
    replace: '',
  },
  {
    name: 'permit-under-session-left-to-ttl',
    realBug: 'a holder who gives no sign of life in the row is swept away with it, days later',
    file: WRITES,
    find: 'if (write.session !== undefined) return [set(KEEP, KEPT), set(TTL, KEPT)];',
    replace: '',
  },
  {
    name: 'pool-downgraded-writer-believes',
    realBug: 'the hold that was given up for a lesser one goes on believing in itself',
    file: 'lib/lock/permit-hold.ts',
    find: 'return this.#released === undefined ? this.lease.keeper.remainingMs() : 0;',
    replace: 'return this.lease.keeper.remainingMs();',
  },
  {
    name: 'hold-converted-after-release',
    realBug: 'a write lock that was given back is turned into a read lock that nobody has',
    file: 'lib/lock/permit-hold.ts',
    find: 'if (this.#released === undefined) return;\n    throw',
    replace: 'if (this.#released !== undefined || this.token > 0) return;\n    throw',
  },
] as const satisfies readonly Mutant[];
