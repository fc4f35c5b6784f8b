import { setMaxListeners } from 'node:events';
import { systemClock } from './core/clock.ts';
import { host } from './core/host.ts';
import { systemRandom } from './core/random.ts';
import { TableClock } from './core/table-clock.ts';
import { Election } from './election/election.ts';
import { ClosedError, InvalidArgumentError } from './errors.ts';
import { Invocation, type InvocationContext } from './invocation.ts';
import { type CloseReport, closeAll } from './lease/close.ts';
import { OwnershipLines } from './lease/lines.ts';
import { Session } from './lease/session.ts';
import { Lock } from './lock/lock.ts';
import { lockSettler } from './lock-settler.ts';
import {
  checkHoldfastOptions,
  checkName,
  checkSessionOptions,
  DEFAULT_NAMESPACE,
  DEFAULT_REQUEST_TIMEOUT_MS,
  defaultLeaseMs,
  type HoldfastOptions,
  type SessionOptions,
} from './options.ts';
import { type Runtime, shareRuntime } from './runtime.ts';
import { DynamoStore } from './store/dynamo-store.ts';
import { LockAwareStore } from './store/lock-aware-store.ts';
import { ObservedStore } from './store/observed-store.ts';
import type { Store } from './store/store.ts';

/**
 * Coordination over one DynamoDB table. One instance per process and namespace is enough: its
 * waiters share places in line, and its answers teach one clock.
 *
 * ```ts
 * await using holdfast = new Holdfast({ table: 'coordination', namespace: 'photos' });
 * await holdfast.lock('album/7').using(async (hold) => resize(hold.signal));
 * ```
 */
export class Holdfast implements AsyncDisposable {
  readonly namespace: string;
  readonly #options: HoldfastOptions;
  readonly #runtime: Runtime;
  readonly #lines: OwnershipLines;
  readonly #invocation: Invocation;
  readonly #closing = new AbortController();
  readonly #disconnect: () => void;
  #closed: Promise<CloseReport> | undefined;

  /** @throws InvalidArgumentError. Sends nothing. */
  constructor(options: HoldfastOptions) {
    checkHoldfastOptions(options);
    const clock = options.clock ?? systemClock;
    const tableClock = new TableClock(clock);
    const requestTimeoutMs = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
    const isLambda = (options.mode ?? (host.isLambda() ? 'lambda' : 'service')) === 'lambda';
    const { store, disconnect } = connect(options);
    const observed = new ObservedStore(store, clock, tableClock, requestTimeoutMs);
    const invocation = new Invocation(clock);
    // Every wait listens for the closing, and Node warns of a leak at the eleventh.
    setMaxListeners(0, this.#closing.signal);
    this.namespace = options.namespace ?? DEFAULT_NAMESPACE;
    this.#options = options;
    this.#invocation = invocation;
    this.#disconnect = disconnect;
    this.#runtime = {
      store: new LockAwareStore(observed, async (...met) => {
        return (await lockSettler())({ ...this.#runtime, store: observed }, ...met);
      }),
      clock,
      random: options.random ?? systemRandom,
      tableClock,
      namespace: this.namespace,
      label: options.label ?? host.label(),
      renews: !isLambda,
      requestTimeoutMs,
      hints: options.hints,
      headPollers: new Map(),
      defaultLeaseMs: () => (isLambda ? invocation.leaseMs() : defaultLeaseMs(requestTimeoutMs)),
      clientConfig: options.store === undefined ? (options.clientConfig ?? {}) : undefined,
      closing: this.#closing.signal,
      closers: new Set(),
    };
    shareRuntime(this, this.#runtime);
    this.#lines = new OwnershipLines(this.#runtime);
  }

  /**
   * The lock of this name: any string of 1 to 1,024 bytes. Sends nothing.
   *
   * @throws InvalidArgumentError
   */
  lock(name: string): Lock {
    checkName(name);
    return new Lock(this.#runtime, name, () => this.#lines.line('lock', name));
  }

  /**
   * The election of this name: any string of 1 to 1,024 bytes. Sends nothing.
   *
   * @throws InvalidArgumentError
   */
  election(name: string): Election {
    checkName(name);
    return new Election(this.#runtime, name, () => this.#lines.line('election', name));
  }

  /**
   * Begins a session: one lease, and one write unit per interval, for all that is taken `under` it.
   * One request.
   *
   * @throws InvalidArgumentError, `table-missing`, `access-denied`, `store-unavailable`,
   *   `clock-unknown`, `closed`
   */
  async session(options: SessionOptions = {}): Promise<Session> {
    checkSessionOptions(options, this.#runtime.requestTimeoutMs);
    this.#runtime.closing.throwIfAborted();
    const leaseMs = options.leaseMs ?? this.#runtime.defaultLeaseMs();
    const rejoins = options.onLost === 'rejoin';
    return Session.begin(this.#runtime, this.#lines, { leaseMs, rejoins });
  }

  /**
   * Call at the start of each Lambda invocation: holds without a `leaseMs` last until its end, and
   * what was known of the table's time before the freeze is forgotten.
   *
   * @throws InvalidArgumentError
   */
  beginInvocation(context: InvocationContext): void {
    this.#invocation.begin(context);
    this.#runtime.tableClock.reset();
  }

  /**
   * Creates the table for local use, or makes sure that the existing one will do. In an account,
   * let your infrastructure code create it.
   *
   * @throws HoldfastError `invalid-argument` when a table of that name has another key,
   *   `access-denied`, `store-unavailable`
   */
  async createTable(): Promise<void> {
    const { table, clientConfig, store } = this.#options;
    if (store !== undefined || table === undefined) {
      throw new InvalidArgumentError('store', 'none: only a DynamoDB table can be created', store);
    }
    // Loaded on demand: a Lambda that never creates a table should not load this at its cold start.
    const { createTable } = await import('./store/dynamo-table.ts');
    await createTable(clientConfig ?? {}, table);
  }

  /**
   * Ends every wait with a {@link ClosedError}, releases everything that is held, one failure or
   * not, and closes the connections. Never throws; the report names what could not be released in
   * time. Work under a hold should have ended before. Calling it again gives the same report.
   */
  close(): Promise<CloseReport> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<CloseReport> {
    this.#closing.abort(new ClosedError());
    const report = await closeAll(this.#lines.all(), this.#runtime.closers);
    this.#disconnect();
    return report;
  }
}

function connect(options: HoldfastOptions): { store: Store; disconnect: () => void } {
  const { store, table = '', clientConfig } = options;
  // A store that was given belongs to the giver.
  if (store !== undefined) return { store, disconnect: () => undefined };
  const dynamo = new DynamoStore({ table, client: clientConfig });
  return { store: dynamo, disconnect: () => dynamo.close() };
}
