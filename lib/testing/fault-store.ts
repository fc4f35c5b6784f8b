import type { Clock, Timer } from '../core/clock.ts';
import type {
  Answer,
  CallOptions,
  GetRequest,
  GetResult,
  QueryRequest,
  QueryResult,
  Store,
  WriteRequest,
  WriteResult,
} from '../store/store.ts';
import {
  aborted,
  type Exchange,
  type Flight,
  failure,
  type Unanswered,
  unanswered,
} from './exchange.ts';
import {
  type CallKind,
  FAULT_NAMES,
  type FaultName,
  FaultPlan,
  type FaultRates,
  type Journey,
  type JourneyRanges,
  type Range,
} from './fault-plan.ts';
import {
  FaultScript,
  journeyOf,
  nameOf,
  type ScriptedFault,
  type ScriptLine,
  type StoreRequest,
} from './fault-script.ts';
import { FaultTable } from './fault-table.ts';
import { RowHistory } from './row-history.ts';
import { SeededRandom } from './seeded-random.ts';

export interface FaultStoreOptions {
  /** The clock by which requests travel: the true one, not that of a client. */
  readonly clock: Clock;
  /** Decides which calls meet which faults. @default a generator with seed 1 */
  readonly random?: SeededRandom | undefined;
  /** How likely each fault is. @default none ever */
  readonly rates?: FaultRates | undefined;
  /** Time that a request and an answer usually take, each. @default 1 to 10 ms */
  readonly latency?: Range | undefined;
  /** Additional time of what is delayed or delivered twice. @default 0 to 20,000 ms */
  readonly lateness?: Range | undefined;
  /** How far behind a stale read is. @default 0 to 1,000 ms */
  readonly staleness?: Range | undefined;
  /** How far the clock of a front end may be off, either way. @default 500 ms */
  readonly frontEndSkewMs?: number | undefined;
  /** After which time without an answer the connection breaks. @default 10,000 ms */
  readonly connectionTimeoutMs?: number | undefined;
  /** The table's own time, epoch milliseconds. @default `clock.wallMs` */
  readonly tableMs?: (() => number) | undefined;
  /**
   * What stale reads show. Give the stores of several clients of one table the same history, or
   * none sees the others' old rows. @default one of its own
   */
  readonly history?: RowHistory | undefined;
  /** Brings answers to the client: a paused one gets them later. @default calls back at once */
  readonly deliver?: ((callback: () => void) => void) | undefined;
}

/**
 * A store behind a bad network and a busy service: it passes calls on to another store, and
 * lets them meet the faults of {@link FAULT_NAMES}, by chance or by script.
 *
 * ```ts
 * const faults = new FaultStore(new MemoryStore({ clock }), { clock });
 * const holdfast = new Holdfast({ store: faults, clock, random });
 * faults.onNextWrite({ kind: 'lose-answer' });
 * const hold = await clock.run(holdfast.lock('report').acquire()); // notices its own success
 * ```
 *
 * Deterministic on a `VirtualClock` and a `SeededRandom`: the same seed gives the same faults.
 * The faults stay within what a client may assume of DynamoDB, so a guarantee that breaks here is
 * broken. One store serves one client; clients of the same table share `history`.
 */
export class FaultStore implements Store {
  readonly table: string;
  /** How often each fault has happened. */
  readonly counts: Record<FaultName, number>;
  readonly #table: FaultTable;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #ranges: JourneyRanges;
  readonly #connectionTimeoutMs: number;
  readonly #deliver: (callback: () => void) => void;
  readonly #reads = new FaultScript();
  readonly #queries = new FaultScript();
  readonly #writes = new FaultScript();
  #plan: FaultPlan;
  #isolated: 'no' | 'both-ways' | 'answers-only' = 'no';

  constructor(inner: Store, options: FaultStoreOptions) {
    this.table = inner.table;
    this.#clock = options.clock;
    this.#random = options.random ?? new SeededRandom(1);
    this.#ranges = {
      latency: options.latency ?? { fromMs: 1, toMs: 10 },
      lateness: options.lateness ?? { fromMs: 0, toMs: 20_000 },
      staleness: options.staleness ?? { fromMs: 0, toMs: 1_000 },
    };
    this.#connectionTimeoutMs = options.connectionTimeoutMs ?? 10_000;
    this.#deliver = options.deliver ?? ((callback) => callback());
    const none = FAULT_NAMES.map((name) => [name, 0]);
    this.counts = Object.fromEntries(none) as Record<FaultName, number>;
    this.#plan = this.#planFor(options.rates ?? {});
    this.#table = new FaultTable({
      inner,
      clock: options.clock,
      random: this.#random,
      history: options.history ?? new RowHistory(),
      tableMs: options.tableMs ?? (() => options.clock.wallMs()),
      frontEndSkewMs: options.frontEndSkewMs ?? 500,
      count: (name) => this.#count(name),
    });
  }

  get(request: GetRequest, options: CallOptions = {}): Promise<GetResult> {
    const exchange: Exchange<GetResult> = {
      kind: request.consistent ? 'consistent-read' : 'eventual-read',
      execute: (staleMs) => this.#table.read(request, this.#plan, staleMs),
      fail: (failure) => ({ kind: 'failed', failure }),
    };
    return this.#send(exchange, this.#journey(exchange.kind, request, this.#reads), options.signal);
  }

  query(request: QueryRequest, options: CallOptions = {}): Promise<QueryResult> {
    const exchange: Exchange<QueryResult> = {
      kind: request.consistent ? 'consistent-read' : 'eventual-read',
      execute: (staleMs) => this.#table.query(request, this.#plan, staleMs),
      fail: (failure) => ({ kind: 'failed', failure }),
    };
    const journey = this.#journey(exchange.kind, request, this.#queries);
    return this.#send(exchange, journey, options.signal);
  }

  write(request: WriteRequest, options: CallOptions = {}): Promise<WriteResult> {
    const journey = this.#journey('write', request, this.#writes);
    const execute = () => this.#table.write(request, this.#plan);
    return this.#send({ kind: 'write', execute, fail: unanswered }, journey, options.signal);
  }

  /** Lets another kind of write meet by chance what a write meets: a native transaction. */
  carry<Result extends Answer>(
    execute: () => Promise<Result>,
    { signal }: CallOptions = {},
  ): Promise<Result | Unanswered> {
    const exchange: Exchange<Result | Unanswered> = { kind: 'write', execute, fail: unanswered };
    return this.#send(exchange, this.#plan.draw('write'), signal);
  }

  /** Lets the next read, or the next one that `matches`, meet a fault. */
  onNextRead(
    fault: ScriptedFault,
    matches: (request: GetRequest) => boolean = () => true,
  ): ScriptLine {
    return this.#reads.add(fault, matches as (request: StoreRequest) => boolean);
  }

  /** Lets the next query meet a fault. */
  onNextQuery(fault: ScriptedFault): ScriptLine {
    return this.#queries.add(fault, () => true);
  }

  /** Lets the next write, or the next one that `matches`, meet a fault. */
  onNextWrite(
    fault: ScriptedFault,
    matches: (request: WriteRequest) => boolean = () => true,
  ): ScriptLine {
    return this.#writes.add(fault, matches as (request: StoreRequest) => boolean);
  }

  /** From now on faults happen at these rates. Requests under way keep their fate. */
  setRates(rates: FaultRates): void {
    this.#plan = this.#planFor(rates);
  }

  /** Cuts the client off. With `answers-only` its requests still take effect. */
  isolate(direction: 'both-ways' | 'answers-only' = 'both-ways'): void {
    this.#isolated = direction;
  }

  /** Ends an isolation. What was dropped stays dropped. */
  heal(): void {
    this.#isolated = 'no';
  }

  #planFor(rates: FaultRates): FaultPlan {
    return new FaultPlan(this.#random, rates, this.#ranges, (name) => this.#count(name));
  }

  #count(name: FaultName): void {
    this.counts[name] += 1;
  }

  #journey(kind: CallKind, request: StoreRequest, script: FaultScript): Journey {
    const scripted = script.take(request);
    if (scripted === undefined) return this.#plan.draw(kind);
    this.#count(nameOf(scripted));
    return journeyOf(scripted, this.#plan.latencyMs());
  }

  #send<Result extends Answer>(
    exchange: Exchange<Result>,
    journey: Journey,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    if (signal?.aborted === true) return Promise.resolve(exchange.fail(aborted(signal), true));
    return new Promise((resolve) => {
      let ended = false;
      const end = (result: Result) => {
        if (ended) return;
        ended = true;
        breaks.cancel();
        signal?.removeEventListener('abort', giveUp);
        this.#deliver(() => resolve(result));
      };
      const flight: Flight<Result> = { end, givenUp: false };
      const giveUp = () => {
        flight.givenUp = true;
        if (signal !== undefined) end(exchange.fail(aborted(signal), false));
      };
      const breaks = this.#after(this.#connectionTimeoutMs, () => {
        flight.givenUp = true;
        end(exchange.fail(failure('timeout', 'the connection broke'), false));
      });
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#travel(exchange, journey, flight);
    });
  }

  #travel<Result extends Answer>(
    exchange: Exchange<Result>,
    journey: Journey,
    flight: Flight<Result>,
  ): void {
    if (journey.kind === 'dropped' || this.#isolated === 'both-ways') return;
    this.#after(journey.requestMs, () => {
      if (journey.kind === 'rejected') {
        const { reason } = journey;
        const rejected = failure(reason, `the service answered: ${reason}`);
        const result = exchange.fail(rejected, reason !== 'unavailable');
        this.#after(journey.answerMs, () => this.#answer(flight, result));
      } else if (!flight.givenUp || !journey.recallable) {
        void this.#arrive(exchange, journey, flight);
      } else if (exchange.kind === 'write' && this.#plan.hits('late-arrival')) {
        this.#after(this.#plan.latenessMs(), () => void this.#arrive(exchange, journey, flight));
      }
    });
  }

  async #arrive<Result extends Answer>(
    exchange: Exchange<Result>,
    journey: Journey & { kind: 'executed' },
    flight: Flight<Result>,
  ): Promise<void> {
    if (journey.duplicateAfterMs !== undefined) {
      // Its answer goes to nobody: the sender knows only of one request.
      this.#after(journey.duplicateAfterMs, () => void exchange.execute(undefined));
    }
    const result = await exchange.execute(journey.staleMs);
    if (journey.answer === 'lost') return;
    const answer =
      journey.answer === 'delivered'
        ? result
        : exchange.fail(failure('unavailable', 'the service answered: 500'), false);
    this.#after(journey.answerMs, () => this.#answer(flight, answer));
  }

  #answer<Result>(flight: Flight<Result>, result: Result): void {
    if (this.#isolated === 'no') flight.end(result);
  }

  /** What is under way on a network keeps no clock but the true one, whoever sent it. */
  #after(delayMs: number, callback: () => void): Timer {
    return this.#clock.startTimer(delayMs, callback, { keepsProcessAlive: true });
  }
}
