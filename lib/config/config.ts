import { HoldfastError } from '../errors.ts';
import { checkKnown, checkNumber } from '../option-checks.ts';
import type { Runtime } from '../runtime.ts';
import { Acknowledgement } from './acknowledgement.ts';
import { parseCursor } from './cursor.ts';
import { type Difference, deepFreeze, mergePatch } from './document.ts';
import type { DocumentTable } from './document-table.ts';
import { Editor, type Publication } from './editor.ts';
import { at, diff, type HistoryEntry, history, type PastState } from './history.ts';
import {
  type ConfigOptions,
  type ConvergedOptions,
  checkConfigOptions,
  checkConvergedOptions,
  checkPublishOptions,
  checkWatchOptions,
  DEFAULT_POLL_MS,
  type GetOptions,
  type PublishOptions,
  type WatchOptions,
} from './options.ts';
import type { Publisher } from './publisher.ts';
import type { ConfigNews, ConfigReading } from './reading.ts';
import { type Applied, type Notice, Replica } from './replica.ts';
import { type Convergence, type ReaderReport, readReports } from './reports.ts';
import { RolloutControl } from './rollout-control.ts';
import type { StandardSchema } from './standard-schema.ts';
import { type ConfigEvent, watchEvery, watchLatest } from './watch.ts';

/**
 * One document, the same for every process: limits, switches, addresses.
 *
 * Guarantees: versions are numbered without gaps; a version that was acknowledged is never lost and
 * never changes; of two who publish at once on one `expectedVersion`, one is refused; a process
 * never goes back to an older version but by an aborted rollout; a version that the schema refuses
 * never becomes `current`. It does *not* change all processes at one moment: each follows within
 * its poll, or within milliseconds where hints come.
 *
 * ```ts
 * const limits = config(holdfast, 'limits', { schema, fallback: { uploads: 10 } });
 * await limits.ready();
 * accept(limits.current.uploads);
 * ```
 */
export class Config<Output, Input = Output> {
  readonly name: string;
  /** The staged rollout of the newest version, if it has one. */
  readonly rollout: RolloutControl;
  readonly #options: ConfigOptions<Output>;
  readonly #runtime: Runtime;
  readonly #table: DocumentTable;
  readonly #editor: Editor;
  readonly #replica: Replica<Output>;
  readonly #acknowledgement: Acknowledgement;
  readonly #fallback: Output | undefined;
  #stopFollowing: (() => void) | undefined;

  /** @throws InvalidArgumentError. Sends nothing. */
  constructor(
    runtime: Runtime,
    name: string,
    options: ConfigOptions<Output>,
    publisher: Publisher,
  ) {
    checkConfigOptions(options);
    this.name = name;
    this.#options = options;
    this.#runtime = runtime;
    this.#table = publisher.table;
    this.#editor = new Editor(publisher, options);
    this.#fallback = deepFreeze(structuredClone(options.fallback));
    this.rollout = new RolloutControl(publisher);
    this.#replica = new Replica(this.#table, {
      schema: options.schema as StandardSchema<unknown, Output> | undefined,
      unit: options.unit ?? runtime.label,
      pollMs: options.pollMs ?? DEFAULT_POLL_MS,
    });
    this.#acknowledgement = new Acknowledgement(this.#replica, this.rollout);
    if (options.report === true) this.#acknowledgement.reportAll();
  }

  /**
   * Reads the document, and keeps up with it from then on: half a read unit a poll, whatever the
   * number of readers. In Lambda mode nothing runs in the background; call {@link get} in each
   * invocation.
   *
   * @throws as {@link get}
   */
  async ready(): Promise<void> {
    this.#runtime.closing.throwIfAborted();
    if (this.#runtime.renews) this.#stopFollowing ??= this.#replica.follow(false);
    await this.get({ maxAgeMs: this.#replica.pollMs });
  }

  /** Stops keeping up with the document. */
  stop(): void {
    this.#stopFollowing?.();
    this.#stopFollowing = undefined;
  }

  /** Calls `listener` with what each look came to, changed or not. Returns how to stop. */
  listen(listener: (news: ConfigNews) => void): () => void {
    return this.#replica.listen((notice) => listener(this.#newsOf(notice)));
  }

  /**
   * The last good value, frozen through and through, or the fallback. Asks nobody.
   *
   * @throws `config-missing`
   */
  get current(): Output {
    return this.#valueOf(this.#replica.applied);
  }

  /** The version of {@link current}; 0 for the fallback. */
  get version(): number {
    return this.#replica.applied?.version ?? 0;
  }

  /**
   * The value, as fresh as asked for. All who ask at once share one consistent read; nobody reads
   * while what is known is young enough.
   *
   * @throws `config-missing`, InvalidArgumentError; `store-unavailable` when the table is away and
   *   what is known is older than `maxStaleMs`, or there is nothing
   */
  async get(options: GetOptions = {}): Promise<ConfigReading<Output>> {
    checkKnown(options, ['maxAgeMs']);
    checkNumber('maxAgeMs', options.maxAgeMs, 0, Number.POSITIVE_INFINITY);
    this.#runtime.closing.throwIfAborted();
    try {
      const applied = await this.#replica.refresh(options.maxAgeMs ?? this.#replica.pollMs);
      return this.#reading(applied, 'live');
    } catch (error) {
      const ageMs = this.#ageMs();
      const { maxStaleMs = Number.POSITIVE_INFINITY } = this.#options;
      const { applied } = this.#replica;
      const isUsable = ageMs !== undefined && ageMs <= maxStaleMs;
      if (applied !== undefined && isUsable) return this.#reading(applied, 'cache');
      const isMissing = error instanceof HoldfastError && error.code === 'config-missing';
      if (isMissing || this.#fallback === undefined || ageMs !== undefined) throw error;
      return { value: this.#fallback, version: 0, source: 'fallback', stale: true, ageMs };
    }
  }

  /** What a unit other than this process, such as a user, gets while a rollout is under way. */
  async valueFor(unit: string): Promise<{ readonly value: Output; readonly version: number }> {
    await this.#replica.refresh(this.#replica.pollMs);
    const applied = await this.#replica.valueFor(unit);
    return { value: this.#valueOf(applied), version: applied.version };
  }

  /**
   * Publishes the next version: two requests, and two write units for up to 1 KB, when the head is
   * known here. When it fails for want of answers, the version may have been published or not.
   *
   * @throws ConfigInvalidError, ConfigConflictError, `config-too-large`, `rollout-active`,
   *   `outcome-unknown`, `clock-unknown` (with a rollout), InvalidArgumentError, and what the table
   *   raises
   */
  async publish(value: Input, options: PublishOptions = {}): Promise<Publication> {
    checkPublishOptions(options);
    return this.#editor.publish(value, options);
  }

  /** Publishes what `change` makes of the newest document; asked again if another was faster. */
  async update(
    change: (value: Input | undefined) => Input | Promise<Input>,
    options: Omit<PublishOptions, 'expectedVersion'> = {},
  ): Promise<Publication> {
    checkPublishOptions(options);
    return this.#editor.update((value) => change(value as Input | undefined), options);
  }

  /** Changes a part of the newest document, as JSON Merge Patch does: `null` removes a member. */
  patch(
    patch: unknown,
    options: Omit<PublishOptions, 'expectedVersion'> = {},
  ): Promise<Publication> {
    return this.update((value) => mergePatch(value, patch) as Input, options);
  }

  /** Deletes the document: a version too, so that watchers are told and numbers go on. */
  async delete(options: Omit<PublishOptions, 'rollout'> = {}): Promise<Publication> {
    checkPublishOptions(options);
    return this.#editor.delete(options);
  }

  /**
   * Publishes an old version again, under a new number. Without `to`: the one before the newest.
   *
   * @throws `version-missing`, and as {@link publish}; an old version is checked by today's schema
   */
  async rollback(
    options: PublishOptions & { readonly to?: number | undefined } = {},
  ): Promise<Publication> {
    const { to, ...rest } = options;
    checkPublishOptions(rest);
    return this.#editor.rollback(to, rest);
  }

  /** The newest versions, newest first. @throws InvalidArgumentError */
  async history(options: { readonly limit?: number } = {}): Promise<readonly HistoryEntry[]> {
    checkKnown(options, ['limit']);
    checkNumber('limit', options.limit, 1, 100_000, true);
    return history(this.#table, options.limit ?? 20);
  }

  /** What differs between two versions, member by member. @throws `version-missing` */
  diff(before: number, after: number): Promise<readonly Difference[]> {
    return diff(this.#table, before, after);
  }

  /**
   * What was the newest version at a time in the past, and how far it was rolled out. Reads the
   * history up to then. `undefined`: there was none.
   *
   * @throws `version-missing` for a time whose versions are gone
   */
  at(time: Date | number): Promise<PastState | undefined> {
    return at(this.#table, typeof time === 'number' ? time : time.getTime());
  }

  /**
   * Events from a cursor or from now on, until `signal` aborts or the instance closes. Outages are
   * outlived. The poll is shared by all watchers and readers of the process.
   *
   * @throws InvalidArgumentError, also for the cursor of another document; what no later look can
   *   mend, such as `access-denied`
   */
  watch(options: WatchOptions = {}): AsyncGenerator<ConfigEvent<Output>, void, undefined> {
    checkWatchOptions(options);
    const { from, mode = 'latest', signal } = options;
    const { namespace } = this.#runtime;
    const cursor = from === undefined ? undefined : parseCursor(from, namespace, this.name);
    const watcher = mode === 'every' ? watchEvery : watchLatest;
    return watcher(this.#replica, { from: cursor, signal });
  }

  /**
   * Reports what this process runs, or that the program itself, after a look at its own health,
   * rejects it: the first rejection aborts a rollout that says so. One write unit.
   */
  async acknowledge(options: { readonly reject?: string } = {}): Promise<void> {
    checkKnown(options, ['reject']);
    return this.#acknowledgement.acknowledge(options.reject);
  }

  /** What the processes that report run now. One query. */
  readers(): Promise<readonly ReaderReport[]> {
    return readReports(this.#table);
  }

  /** Waits until the processes that report run a version. One query each half second. */
  async converged(options: ConvergedOptions = {}): Promise<Convergence> {
    checkConvergedOptions(options);
    return this.#acknowledgement.converged(options, (version) => {
      const note = `version ${version} was rejected`;
      return this.#editor.rollback(undefined, { expectedVersion: version, note });
    });
  }

  /** Gives up versions that are too old, or too many, as publishing does too. How many. */
  compact(): Promise<number> {
    return this.#editor.compact();
  }

  #newsOf(notice: Notice): ConfigNews {
    const { kind } = notice;
    if (kind === 'unanswered') {
      const { failure } = notice;
      const { maxStaleMs = Number.POSITIVE_INFINITY } = this.#options;
      const isTooOld = !failure.retryable || (this.#ageMs() ?? 0) > maxStaleMs;
      return { kind, failure, isTooOld };
    }
    if (kind === 'rejected') return { kind, ...notice.rejection };
    return { kind: kind === 'applied' ? 'changed' : kind, version: this.version };
  }

  #reading(applied: Applied<Output>, source: 'live' | 'cache'): ConfigReading<Output> {
    const value = this.#valueOf(applied);
    const known = { value, stale: source === 'cache', ageMs: this.#ageMs() };
    if (applied.value === undefined) return { ...known, version: 0, source: 'fallback' };
    return { ...known, version: applied.version, source };
  }

  #valueOf(applied: Applied<Output> | undefined): Output {
    const value = applied?.value ?? this.#fallback;
    if (value !== undefined) return value;
    const message = `config '${this.name}': there is no document, and no fallback for it`;
    throw new HoldfastError('config-missing', message);
  }

  #ageMs(): number | undefined {
    const { state } = this.#table.poller;
    return state && this.#runtime.clock.monotonicMs() - state.asOfMs;
  }
}
