import { MemoryStore } from '../../lib/store/memory-store.ts';
import type { ClientClock } from '../../lib/testing/client-clock.ts';
import { VirtualClock } from '../../lib/testing/virtual-clock.ts';
import { type Chooser, pick } from './choices.ts';
import { type Call, ScheduledStore } from './scheduled-store.ts';

/** How many faults of each kind one execution may have, wherever they may happen. */
export interface FaultBudget {
  /** A write takes effect and its answer never comes. */
  readonly lostAnswers?: number;
  /** A write arrives once more, at any later time. */
  readonly duplicates?: number;
  /** A write arrives at any later time, or never in time for anybody to notice. */
  readonly delays?: number;
  /** A client stands still for as long as the others like. */
  readonly pauses?: number;
  /** A client is gone for good. */
  readonly crashes?: number;
}

type FaultKind = keyof FaultBudget;

/** A client of the schedule: what its code may use. */
export interface ScheduledClient {
  readonly name: string;
  readonly clock: ClientClock;
  readonly store: ScheduledStore;
}

interface ClientState extends ScheduledClient {
  done: boolean;
  pausedSinceMs: number;
  /** Whether it has sent or heard of a request that matters since a standstill was last offered. */
  isActive: boolean;
  /** How much had happened when it was last asked whether the client goes on. */
  askedAt: number;
  /** Requests that leave when the pause ends. */
  heldBack: Call[];
}

/** A request that is delayed, or the second copy of one. */
interface LateCall {
  readonly call: Call;
  /** Not that of a copy: whoever sent one request hears one answer, and hears that of the first. */
  readonly isAnswered: boolean;
  /** How much had happened when its arrival was last offered. */
  askedAt: number;
}

interface Move {
  readonly words: string;
  readonly run: () => unknown;
}

/** Longer executions than this go round in circles. */
const MOVES_MAX = 2_000;
/** How many of its moves a failed execution shows. */
const SHOWN_MAX = 60;

/**
 * Runs clients against one table and lets a chooser decide everything that a network, an operating
 * system and bad luck decide in the world: whose request takes effect next, which answer is lost,
 * who stands still, when time passes.
 *
 * What it leaves out, and why that loses nothing: a request takes effect and is answered in one
 * move, because a client whose answer is late differs from one whose *next* request is late only by
 * its clock, and for that there are pauses. Time passes only when no request is on its way, unless
 * it is delayed: requests are otherwise faster than timers. And what is late arrives, and who stood
 * still goes on, just after a request that matters (a write, or a consistent read) or while one is
 * on its way: between two of them the table stays as it is, whatever the polls of waiters see.
 * Likewise a client stops where it has just sent such a request, or heard of one.
 */
export class Schedule {
  readonly clock = new VirtualClock({ settles: 'microtasks' });
  readonly memory = new MemoryStore({ clock: this.clock });
  /** How many requests have taken effect. */
  operations = 0;
  readonly #chooser: Chooser;
  readonly #budget: Record<FaultKind, number>;
  readonly #clients: ClientState[] = [];
  /** What happened so far, and when. Put into words only for an execution that failed. */
  readonly #log: { readonly atMs: number; readonly words: string }[] = [];
  /** How many requests that matter have taken effect. */
  #happened = 0;
  #onWay: Call[] = [];
  #delayed: LateCall[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(chooser: Chooser, budget: FaultBudget = {}) {
    this.#chooser = chooser;
    this.#budget = { lostAnswers: 0, duplicates: 0, delays: 0, pauses: 0, crashes: 0, ...budget };
  }

  /** What happened so far, one move a line. */
  get log(): readonly string[] {
    return this.#log.map(({ atMs, words }) => `${atMs} ms: ${words}`);
  }

  /** Starts a client and its program. */
  start(name: string, program: (client: ScheduledClient) => Promise<void>): void {
    const clock = this.clock.clientClock();
    const store = new ScheduledStore(this.memory, name, clock, (call) => {
      this.#onWay.push(call);
      if (call.matters) client.isActive = true;
    });
    const client: ClientState = {
      name,
      clock,
      store,
      done: false,
      isActive: true,
      askedAt: -1,
      pausedSinceMs: 0,
      heldBack: [],
    };
    this.#clients.push(client);
    const finish = () => {
      client.done = true;
    };
    program(client).then(finish, (error: unknown) => {
      this.#failure ??= { error };
    });
  }

  /** Makes moves until every program that has not crashed is at its end. */
  async run(): Promise<void> {
    await this.#settle();
    while (this.#clients.some((client) => !isOver(client))) {
      if (this.#log.length > MOVES_MAX) throw new Error(this.#explain('goes round in circles'));
      let moves = this.#moves();
      // Where nothing else can happen, what is late has to come now.
      if (moves.length === 0) {
        this.#happened += 1;
        moves = this.#lateArrivals();
      }
      if (moves.length === 0) throw new Error(this.#explain('is stuck: nothing can happen'));
      await this.#make(moves.length === 1 ? (moves[0] as Move) : pick(this.#chooser, moves));
    }
    // A request may outlive everybody. That it never arrives would look as if there were none.
    while (this.#delayed.length > 0) {
      this.#happened += 1;
      await this.#make(pick(this.#chooser, this.#lateArrivals()));
    }
  }

  async #make(move: Move): Promise<void> {
    this.#log.push({ atMs: this.clock.monotonicMs(), words: move.words });
    await move.run();
    await this.#settle();
  }

  async #settle(): Promise<void> {
    await this.clock.settle();
    if (this.#failure === undefined) return;
    const { error } = this.#failure;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(this.#explain(reason), { cause: error });
  }

  #explain(problem: string): string {
    return [problem, ...this.log.slice(-SHOWN_MAX)].join('\n  ');
  }

  #moves(): Move[] {
    const moves = [
      ...this.#onWay.flatMap((call) => this.#arrivals(call)),
      ...this.#lateArrivals(),
      ...this.#clients.flatMap((client) => this.#standstills(client)),
    ];
    if (this.#onWay.length === 0 && this.clock.pendingTimers > 0) {
      moves.push({ words: 'time passes', run: () => this.clock.step() });
    }
    for (const client of this.#clients) {
      if (client.clock.state !== 'paused') continue;
      if (moves.length === 0 || this.#othersAreOver() || this.#mayMatterWhetherGoesOn(client)) {
        moves.push({ words: `${client.name} goes on`, run: () => this.#resume(client) });
      }
    }
    return moves;
  }

  #othersAreOver(): boolean {
    return this.#clients.every((client) => isOver(client) || client.clock.state === 'paused');
  }

  /**
   * Whether a client that stands still would find another world than when this was last asked: a
   * write has changed it, or is about to. Unless time has passed, a pause is nothing but another
   * order of requests.
   */
  #mayMatterWhetherGoesOn(client: ClientState): boolean {
    if (client.pausedSinceMs === this.clock.monotonicMs()) return false;
    const isChanged = client.askedAt < this.#happened;
    client.askedAt = this.#happened;
    return isChanged || this.#onWay.some((call) => call.matters);
  }

  #arrivals(call: Call): Move[] {
    const take = () => {
      this.#onWay = this.#onWay.filter((other) => other !== call);
    };
    const arrive = (isAnswered: boolean) => () => {
      take();
      this.operations += 1;
      if (call.matters) {
        this.#happened += 1;
        const sender = this.#clients.find(({ name }) => name === call.client);
        if (sender !== undefined) sender.isActive = true;
      }
      return call.arrive(isAnswered);
    };
    const { words } = call;
    const moves: Move[] = [{ words, run: arrive(true) }];
    if (!call.isWrite) return moves;
    const delay = () => {
      take();
      this.#delayed.push({ call, isAnswered: true, askedAt: -1 });
    };
    const duplicate = () => {
      this.#delayed.push({ call, isAnswered: false, askedAt: -1 });
      return arrive(true)();
    };
    return [
      ...moves,
      ...this.#fault('lostAnswers', `${words}; the answer is lost`, arrive(false)),
      ...this.#fault('duplicates', `${words}; a copy will follow`, duplicate),
      ...this.#fault('delays', `${words} is delayed`, delay),
    ];
  }

  /** Late requests, where it matters that they arrive now and not at the last such moment. */
  #lateArrivals(): Move[] {
    return this.#delayed
      .filter((late) => late.askedAt < this.#happened)
      .map((late) => {
        late.askedAt = this.#happened;
        const run = () => {
          this.#delayed = this.#delayed.filter((other) => other !== late);
          this.#happened += 1;
          this.operations += 1;
          return late.call.arrive(late.isAnswered);
        };
        return { words: `late: ${late.call.words}`, run };
      });
  }

  /** Pauses and crashes: with the client's requests on their way, or before they leave. */
  #standstills(client: ClientState): Move[] {
    if (client.clock.state !== 'running' || client.done) return [];
    if (!client.isActive) return [];
    client.isActive = false;
    const { name } = client;
    const unsent = this.#onWay.filter((call) => call.client === name);
    const pause = (heldBack: Call[]) => () => {
      this.#onWay = this.#onWay.filter((call) => !heldBack.includes(call));
      client.heldBack = heldBack;
      client.pausedSinceMs = this.clock.monotonicMs();
      client.askedAt = -1;
      client.clock.pause();
    };
    const crash = (lost: Call[]) => () => {
      this.#onWay = this.#onWay.filter((call) => !lost.includes(call));
      client.clock.stop();
    };
    const moves = [
      ...this.#fault('pauses', `${name} stands still`, pause([])),
      ...this.#fault('crashes', `${name} crashes`, crash([])),
    ];
    if (unsent.length === 0) return moves;
    return [
      ...moves,
      ...this.#fault('pauses', `${name} stands still before it sends`, pause(unsent)),
      ...this.#fault('crashes', `${name} crashes before it sends`, crash(unsent)),
    ];
  }

  #resume(client: ClientState): void {
    this.#onWay.push(...client.heldBack.splice(0));
    client.clock.resume();
  }

  #fault(kind: FaultKind, words: string, run: Move['run']): Move[] {
    if (this.#budget[kind] === 0) return [];
    const spend = () => {
      this.#budget[kind] -= 1;
      return run();
    };
    return [{ words, run: spend }];
  }
}

function isOver(client: ClientState): boolean {
  return client.done || client.clock.state === 'stopped';
}
