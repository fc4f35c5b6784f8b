import type {
  ItemAddress,
  ItemStore,
  ItemWrite,
  ItemWriteResult,
} from '../../../lib/store/item-store.ts';
import {
  addressOf,
  type ItemTransaction,
  type ItemTransactionResult,
} from '../../../lib/store/item-transaction.ts';
import type { CallOptions, StoreFailure } from '../../../lib/store/store.ts';
import type { ClientClock } from '../../../lib/testing/client-clock.ts';
import type { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import type { VirtualClock } from '../../../lib/testing/virtual-clock.ts';

/** What can befall a request of a client. */
export const ITEM_FAULTS = [
  /** It is turned away before it is carried out. */
  'throttled',
  /** It never arrives. */
  'dropped',
  /** It takes effect, and its answer never comes. */
  'answer-lost',
  /** It is answered by an error, and takes effect all the same. */
  'error-after',
  /** Its sender is told nothing, and it takes effect long after. */
  'late',
  /** The process ends before it is sent. */
  'crash-before',
  /** It takes effect, and the process ends before the answer. */
  'crash-after',
  /** The process stands still before it is sent. */
  'pause-before',
] as const;

export type ItemFault = (typeof ITEM_FAULTS)[number];
export type ItemFaultRates = Readonly<Partial<Record<ItemFault, number>>>;

export interface ItemNetworkParts {
  readonly table: ItemStore;
  readonly trueClock: VirtualClock;
  readonly clock: ClientClock;
  readonly random: SeededRandom;
  readonly rates: ItemFaultRates;
  readonly onCrash: () => void;
  readonly count: (fault: ItemFault) => void;
}

/** Something that happens at the moment of a request. */
export interface Interposition {
  readonly on: 'get' | 'write' | 'transact-get' | 'transact-write';
  readonly when: 'before' | 'after';
  /** Of a native request, whether one of its items does. */
  readonly matches: (request: ItemWrite) => boolean;
  readonly run: () => Promise<unknown> | undefined;
}

/** How long a late request is under way at most, and a process stands still. */
const LATE_MS = 6_000;
const PAUSE_MS = 5_000;

/** One client's way to the tables, on which requests are slow, lost, late, or its last. */
export class ItemNetwork implements ItemStore {
  rates: ItemFaultRates;
  readonly #parts: ItemNetworkParts;
  readonly #interpositions: Interposition[] = [];
  readonly #held: {
    matches: (write: ItemWrite) => boolean;
    held: { arrive?: () => Promise<unknown> };
  }[] = [];
  #blocked: (write: ItemWrite) => boolean = () => false;
  readonly #scripted: { fault: ItemFault; matches: (write: ItemWrite) => boolean }[] = [];

  constructor(parts: ItemNetworkParts) {
    this.#parts = parts;
    this.rates = parts.rates;
  }

  /** Lets the next write that matches meet a fault. */
  onNextWrite(fault: ItemFault, matches: (write: ItemWrite) => boolean = () => true): void {
    this.#scripted.push({ fault, matches });
  }

  /** Does something else right before or after the next request that matches takes effect. */
  interpose(interposition: Interposition): void {
    this.#interpositions.push(interposition);
  }

  /** Turns away all writes that match, until what is returned is called. */
  block(matches: (write: ItemWrite) => boolean): () => void {
    this.#blocked = matches;
    return () => {
      this.#blocked = () => false;
    };
  }

  /** Keeps the next write that matches on its way, and tells its sender nothing. */
  hold(matches: (write: ItemWrite) => boolean): () => Promise<void> {
    const held: { arrive?: () => Promise<unknown> } = {};
    this.#held.push({ matches, held });
    return async () => {
      if (held.arrive === undefined) throw new Error('no such write was sent');
      await held.arrive();
    };
  }

  get(...[request, options]: Parameters<ItemStore['get']>): ReturnType<ItemStore['get']> {
    const isOf = matching([request]);
    const read = this.#interposed('get', isOf, () => this.#parts.table.get(request));
    return this.#send(this.#draw(READ_FAULTS), read, failed, options);
  }

  query(...[request, options]: Parameters<ItemStore['query']>): ReturnType<ItemStore['query']> {
    const read = () => this.#parts.table.query(request);
    return this.#send(this.#draw(READ_FAULTS), read, failed, options);
  }

  transactGet(
    ...[requests, options]: Parameters<ItemStore['transactGet']>
  ): ReturnType<ItemStore['transactGet']> {
    const execute = () => this.#parts.table.transactGet(requests);
    const read = this.#interposed('transact-get', matching(requests), execute);
    return this.#send(this.#draw(READ_FAULTS), read, failed, options);
  }

  write(request: ItemWrite, options?: CallOptions): Promise<ItemWriteResult> {
    const execute = () => this.#parts.table.write(request);
    return this.#change('write', matching([request]), execute, options);
  }

  transactWrite(request: ItemTransaction, options?: CallOptions): Promise<ItemTransactionResult> {
    const writes = request.parts.flatMap((part) => {
      const address = part.kind === 'check' ? undefined : addressOf(part);
      return address === undefined ? [] : [address];
    });
    const execute = () => this.#parts.table.transactWrite(request);
    return this.#change('transact-write', matching(writes), execute, options);
  }

  #change<Result>(
    on: Interposition['on'],
    isOf: Matching,
    execute: () => Promise<Result>,
    options: CallOptions | undefined,
  ): Promise<Result | Failed> {
    const hold = this.#held.findIndex(({ matches }) => isOf(matches));
    if (hold >= 0) {
      const [found] = this.#held.splice(hold, 1);
      if (found !== undefined) found.held.arrive = execute;
      return new Promise(() => undefined);
    }
    const index = this.#scripted.findIndex(({ matches }) => isOf(matches));
    const [scripted] = index < 0 ? [] : this.#scripted.splice(index, 1);
    const drawn = scripted?.fault ?? this.#draw(ITEM_FAULTS);
    const fault = isOf(this.#blocked) ? 'throttled' : drawn;
    if (scripted !== undefined) this.#parts.count(scripted.fault);
    const write = this.#interposed(on, isOf, execute);
    const fail = (failure: StoreFailure): Failed => ({
      kind: failure.reason === 'throttled' ? 'failed' : 'unknown',
      failure,
    });
    return this.#send<Result | Failed>(fault, write, fail, options);
  }

  #interposed<Result>(
    on: Interposition['on'],
    isOf: Matching,
    execute: () => Promise<Result>,
  ): () => Promise<Result> {
    const index = this.#interpositions.findIndex((each) => each.on === on && isOf(each.matches));
    const [found] = index < 0 ? [] : this.#interpositions.splice(index, 1);
    if (found === undefined) return execute;
    return async () => {
      if (found.when === 'before') await found.run();
      const result = await execute();
      if (found.when === 'after') await found.run();
      return result;
    };
  }

  #draw(faults: readonly ItemFault[]): ItemFault | undefined {
    const { random, count } = this.#parts;
    for (const fault of faults) {
      const rate = this.rates[fault];
      if (rate === undefined || !random.chance(rate)) continue;
      count(fault);
      return fault;
    }
    return undefined;
  }

  #send<Result>(
    fault: ItemFault | undefined,
    execute: () => Promise<Result>,
    fail: (failure: StoreFailure) => Result,
    options: CallOptions | undefined,
  ): Promise<Result> {
    const { clock, random, onCrash } = this.#parts;
    return new Promise((resolve) => {
      const answer = (result: Result) => clock.deliver(() => resolve(result));
      const arrive = async (isAnswered: boolean) => {
        const result = await execute();
        if (isAnswered) this.#after(this.#latencyMs(), () => answer(result));
      };
      const go = () => {
        if (fault === 'throttled' || fault === 'error-after') {
          const reason = fault === 'throttled' ? 'throttled' : 'unavailable';
          if (fault === 'error-after') this.#after(this.#latencyMs(), () => void arrive(false));
          const error = fail({ reason, retryable: true, message: fault });
          return this.#after(2 * this.#latencyMs(), () => answer(error));
        }
        if (fault === 'dropped') return;
        const delayMs = fault === 'late' ? random.between(0, LATE_MS) : this.#latencyMs();
        const isAnswered = fault !== 'answer-lost' && fault !== 'late' && fault !== 'crash-after';
        this.#after(delayMs, () => {
          void arrive(isAnswered);
          if (fault === 'crash-after') onCrash();
        });
      };
      options?.signal?.addEventListener('abort', () => {
        const { reason: cause } = options.signal ?? {};
        const message = 'the caller gave up';
        resolve(fail({ reason: 'aborted', retryable: false, message, cause }));
      });
      if (fault === 'crash-before') return onCrash();
      if (fault !== 'pause-before') return go();
      clock.pause();
      this.#after(random.between(0, PAUSE_MS), () => {
        clock.resume(random.pick(['timers-first', 'answers-first']));
        go();
      });
    });
  }

  #latencyMs(): number {
    return this.#parts.random.between(1, 8);
  }

  #after(delayMs: number, callback: () => void): void {
    this.#parts.trueClock.startTimer(delayMs, callback, { keepsProcessAlive: true });
  }
}

/** Whether one of a request's items is what somebody looks for. */
type Matching = (matches: (write: ItemWrite) => boolean) => boolean;

function matching(addresses: readonly ItemAddress[]): Matching {
  return (matches) => addresses.some((address) => matches(address as ItemWrite));
}

interface Failed {
  readonly kind: 'failed' | 'unknown';
  readonly failure: StoreFailure;
}

const READ_FAULTS = ['throttled', 'dropped', 'crash-before', 'pause-before'] as const;

function failed(failure: StoreFailure): { kind: 'failed'; failure: StoreFailure } {
  return { kind: 'failed', failure };
}
