import type { Mutant } from '../mutant.ts';

const QUEUE_WRITES = 'lib/lease/queue-writes.ts';
const PURSUIT = 'lib/lease/pursuit.ts';
const WITHDRAW = 'lib/lease/withdraw.ts';
const WRITES = 'lib/lease/writes.ts';
const LINE = 'lib/lease/line.ts';

/** Bugs in how a process waits, and in what it makes of requests in the line without an answer. */
export const WAITING_MUTANTS = [
  {
    name: 'unanswered-wait-ended',
    realBug: 'one request without an answer, and the waiter is told that the table is down',
    file: 'lib/lease/patience.ts',
    find: 'const isOver = nowMs - this.#failingSinceMs > this.#unavailableMaxMs;',
    replace: 'const isOver = true;',
  },
  {
    name: 'enqueued-again-without-look',
    realBug: 'a request without an answer is repeated as it was, and takes effect twice',
    file: PURSUIT,
    find: 'row ??= await this.#read(true);',
    replace: 'row ??= this.#client.last;',
  },
  {
    name: 'line-without-limit',
    realBug: 'the length is checked before the write and not by it; the row outgrows its unit',
    file: QUEUE_WRITES,
    find: 'absent([QUEUE, QUEUE_LENGTH_MAX - 1]),',
    replace: '',
  },
  {
    name: 'empty-line-taken-for-waiters',
    realBug: 'a list without elements is an attribute that exists',
    file: WRITES,
    find: 'const end: Path = [ATTRIBUTE.queue, queue.length];',
    replace: 'const end: Path = [ATTRIBUTE.queue];',
  },
  {
    name: 'missing-path-not-foreseen',
    realBug: 'a copy from an attribute that a new row does not have is a validation error',
    file: WRITES,
    find: 'copy(ATTRIBUTE.takenFrom, ATTRIBUTE.owner, NOBODY),',
    replace: 'copy(ATTRIBUTE.takenFrom, ATTRIBUTE.owner),',
  },
  {
    name: 'place-not-kept',
    realBug: 'the longest waiter is the first to be taken for dead',
    file: 'lib/lease/place.ts',
    find: 'until - time.latest < PLACE_MS / 2',
    replace: 'until - time.latest < -1_000 * PLACE_MS',
  },
  {
    name: 'expired-places-served',
    realBug: 'each waiter that died long ago is granted the row in its turn',
    file: 'lib/lease/judge.ts',
    find: 'until === undefined || time === undefined || time.earliest <= until,',
    replace: 'until !== null || time === undefined,',
  },
  {
    name: 'hand-over-not-remembered',
    realBug: 'the row does not say who handed it over, so an unanswered release learns nothing',
    file: QUEUE_WRITES,
    find: "actions: [...granted(0, terms), ended(holding, 'handed-over')],",
    replace: 'actions: granted(0, terms),',
  },
  {
    name: 'hand-over-without-owner-check',
    realBug: 'a late release hands over what somebody else owns by now',
    file: QUEUE_WRITES,
    find: 'condition: and(ownedBy(holding), exists([QUEUE, 0])),',
    replace: 'condition: exists([QUEUE, 0]),',
  },
  {
    name: 'head-sleeps-through-its-claim',
    realBug: 'polling slows down without bound, and the grant lapses before it is noticed',
    file: 'lib/lease/pace.ts',
    find: 'return Math.min(wishMs, longestMs(sight)) *',
    replace: 'return Math.min(wishMs, 60_000 + longestMs(sight)) *',
  },
  {
    name: 'activation-unknown-treated-as-applied',
    realBug: 'the heir takes its request to accept for accepted, and others take the row',
    file: PURSUIT,
    find: `purpose: { kind: 'activate', value },
      }),
    );`,
    replace: `purpose: { kind: 'activate', value },
      }),
    );
    if (answer.kind === 'unknown') {
      const now = this.#runtime.clock;
      const sent = { monotonicMs: now.monotonicMs(), wallMs: now.wallMs() };
      return this.#grant({ kind: 'applied', row, sent, dateMs: undefined }, { leaseMs, session });
    }`,
  },
  {
    name: 'activation-numbered-once',
    realBug: 'the repeated request is refused by its own first copy, for ever',
    file: PURSUIT,
    find: 'number: owner.renewals + 1,',
    replace: 'number: 1,',
  },
  {
    name: 'dequeue-tried-once',
    realBug: 'the last request of a waiter who gives up is sent and forgotten',
    file: WITHDRAW,
    find: '      : tryAgain;',
    replace: "      : stopWith('dequeued');",
  },
  {
    name: 'dequeue-repeated-blindly',
    realBug: 'the removal at a position is repeated, and the next in line stands there',
    file: WITHDRAW,
    find: "if (answer.kind === 'applied' || answer.kind === 'unknown') dequeued = true;",
    replace: `dequeued = true;
    if (answer.kind === 'unknown') {
      await client.write({ ...dequeue(client.key, place, id), condition: undefined });
    }`,
  },
  {
    name: 'pass-unknown-treated-as-applied',
    realBug: 'a hand-over without an answer is taken for done, and its heir waits for a lease',
    file: LINE,
    find: `          this.#inheritedId = id;
          return tryAgain;`,
    replace: `          this.#inheritedId = id;
          return stopWith(true);`,
  },
  {
    name: 'passed-id-forgotten',
    realBug: 'the id under which the row was passed on is lost, and its owner waits for itself',
    file: LINE,
    find: 'const id = inheritedId ?? this.runtime.random.id();',
    replace: 'const id = this.runtime.random.id();',
  },
  {
    name: 'pass-keeps-token',
    realBug: 'two holds of one process share a token, and the fence lets the first one through',
    file: LINE,
    find: 'token: proposeToken(time, lease.token) };',
    replace: 'token: lease.token };',
  },
  {
    name: 'place-for-each-waiter',
    realBug: 'each call waits for itself: a busy process fills the line and pays for every look',
    file: LINE,
    find: 'if (this.#pursuit !== undefined || closing.aborted) return;',
    replace: 'if (closing.aborted) return;',
  },
  {
    name: 'help-without-names',
    realBug: 'a late helper hands over whatever it finds, because it does not say whose it was',
    file: QUEUE_WRITES,
    find: `      equals(ATTRIBUTE.owner, dead.id),
      equals(ATTRIBUTE.token, row.token),
      equals([QUEUE, position, 'id'], entry.id),
`,
    replace: '',
  },
  {
    name: 'helper-takes-for-itself',
    realBug: 'whoever finds a dead owner takes the row, and those who wait wait on',
    file: 'lib/lease/plan.ts',
    find: "if (entry !== undefined) return { kind: 'help', dead: owner, position, entry, silent };",
    replace: '',
  },
  {
    name: 'help-despite-renewal',
    realBug: 'an owner that renews just before it is replaced is replaced all the same',
    file: QUEUE_WRITES,
    find: 'help.silent ? equals(ATTRIBUTE.renewals, dead.renewals) : undefined',
    replace: 'help.silent ? exists(ATTRIBUTE.renewals) : undefined',
  },
  {
    name: 'waiters-poll-instead-of-queueing',
    realBug: 'there is no line: whoever looks first after a release has the lock',
    file: 'lib/lease/plan.ts',
    find: "if (queue.length < QUEUE_LENGTH_MAX) return { kind: 'enqueue', owner };",
    replace: '',
  },
  {
    name: 'death-by-observation-only',
    realBug: 'a lock whose owner died long ago is watched for a whole lease first: AWS client',
    file: WRITES,
    find: 'or(free, lapsed, silent),',
    replace: 'or(free, silent),',
  },
  {
    name: 'try-believes-its-help',
    realBug:
      'a try reports a free lock as taken, because it would have helped a waiter: found here',
    file: PURSUIT,
    find: '      row = seen;\n',
    replace: `      row = seen;
      if (step.kind === 'help') return { kind: 'held-by-other', row };\n`,
  },
  {
    name: 'renewals-in-step',
    realBug: 'a process renews all that it took at one time at one time, and is throttled',
    file: 'lib/lease/keeper.ts',
    find: 'let delayMs = every() * (0.25 + 0.75 * random.fraction());',
    replace: 'let delayMs = every();',
  },
  {
    name: 'heartbeat-keeps-process-alive',
    realBug: 'a timer that nobody unrefs holds the process open after its work: tristanls #1',
    file: 'lib/core/clock.ts',
    find: 'if (options.keepsProcessAlive !== true) timeout.unref();',
    replace: '',
  },
  {
    name: 'wait-does-not-keep-process-alive',
    realBug: 'every timer is unreffed, and Node ends in the middle of an await',
    file: 'lib/core/clock.ts',
    find: 'options: TimerOptions = { keepsProcessAlive: true },',
    replace: 'options: TimerOptions = { keepsProcessAlive: false },',
  },
  {
    name: 'try-outlives-closing',
    realBug: 'what a try is granted while its instance closes is kept for ever: found here',
    file: LINE,
    find: "if (result.kind === 'abandoned' || closing.aborted) throw",
    replace: "if (result.kind === 'abandoned') throw",
  },
  {
    name: 'release-sent-again-by-closing',
    realBug: 'closing repeats a release under way, which then finds itself overtaken: found here',
    file: LINE,
    find: 'if (underWay !== undefined) return underWay;',
    replace: '',
  },
  {
    name: 'line-kept-by-its-lock',
    realBug:
      'an evicted entry lives on in an old reference, and a second one beside it: found here',
    file: 'lib/holdfast.ts',
    find: "return new Lock(this.#runtime, name, () => this.#lines.line('lock', name));",
    replace: `const line = this.#lines.line('lock', name);
    return new Lock(this.#runtime, name, () => line);`,
  },
  {
    name: 'hand-over-keeps-token',
    realBug: 'the heir has the token of the owner before, and the fence lets that one through',
    file: 'lib/lease/give-up.ts',
    find: 'token: proposeToken(time, holding.token),',
    replace: 'token: holding.token,',
  },
  {
    name: 'help-keeps-token',
    realBug: 'a row that is taken from the dead keeps the token that the dead may still use',
    file: PURSUIT,
    find: 'const token = proposeToken(time, row.token);',
    replace: 'const token = row.token;',
  },
] as const satisfies readonly Mutant[];
