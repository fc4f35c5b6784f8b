import type { MemoryStore } from '../../lib/store/memory-store.ts';
import type {
  CallOptions,
  GetRequest,
  GetResult,
  QueryRequest,
  QueryResult,
  Store,
  StoreFailure,
  WriteRequest,
  WriteResult,
} from '../../lib/store/store.ts';
import type { ClientClock } from '../../lib/testing/client-clock.ts';

/** One request on its way to the table. */
export interface Call {
  readonly client: string;
  readonly isWrite: boolean;
  /** Whether others can tell when it takes effect, or it decides something: all but polls. */
  readonly matters: boolean;
  readonly words: string;
  /** Lets it take effect, and brings the answer if there is one. May happen more than once. */
  readonly arrive: (isAnswered: boolean) => Promise<void>;
}

/** What the schedule must know of a request. */
export type CallKind = Pick<Call, 'isWrite' | 'matters' | 'words'>;

/**
 * How old the answer of a poll is when it comes. Waiters look as often as looks are quick, and what
 * they see while nothing happens is the same: it took most of an execution's time.
 */
const POLL_MS = 100;

/** One client's way to the table: each request waits until the schedule lets it arrive. */
export class ScheduledStore implements Store {
  readonly table: string;
  readonly #memory: MemoryStore;
  readonly #client: string;
  readonly #clock: ClientClock;
  readonly #send: (call: Call) => void;

  constructor(memory: MemoryStore, client: string, clock: ClientClock, send: (call: Call) => void) {
    this.table = memory.table;
    this.#memory = memory;
    this.#client = client;
    this.#clock = clock;
    this.#send = send;
  }

  get(request: GetRequest, options: CallOptions = {}): Promise<GetResult> {
    return this.send<GetResult>(
      { isWrite: false, matters: request.consistent, words: `${this.#client}'s read` },
      () => this.#memory.get(request),
      (failure) => ({ kind: 'failed', failure }),
      options.signal,
    );
  }

  query(request: QueryRequest, options: CallOptions = {}): Promise<QueryResult> {
    return this.send<QueryResult>(
      { isWrite: false, matters: request.consistent, words: `${this.#client}'s query` },
      () => this.#memory.query(request),
      (failure) => ({ kind: 'failed', failure }),
      options.signal,
    );
  }

  write(request: WriteRequest, options: CallOptions = {}): Promise<WriteResult> {
    return this.send<WriteResult>(
      { isWrite: true, matters: true, words: `${this.#client}'s write` },
      () => this.#memory.write(request),
      (failure) => ({ kind: 'unknown', failure }),
      options.signal,
    );
  }

  /** Puts a request on its way, of whatever kind. What is carried out is `execute`. */
  send<Result>(
    about: CallKind,
    execute: () => Promise<Result>,
    giveUp: (failure: StoreFailure) => Result,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    return new Promise((resolve) => {
      const abort = () => {
        const message = 'the caller gave up';
        resolve(giveUp({ reason: 'aborted', retryable: false, message, cause: signal?.reason }));
      };
      signal?.addEventListener('abort', abort, { once: true });
      const arrive = async (isAnswered: boolean) => {
        const result = await execute();
        if (!isAnswered) return;
        const answer = () => {
          signal?.removeEventListener('abort', abort);
          resolve(result);
        };
        if (about.matters) this.#clock.deliver(answer);
        else this.#clock.startTimer(POLL_MS, answer, { keepsProcessAlive: true });
      };
      this.#send({ ...about, client: this.#client, arrive });
    });
  }
}
