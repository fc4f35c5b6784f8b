import { errorOfFailure } from '../store/failure-error.ts';
import type { StoreFailure } from '../store/store.ts';
import { JITTER_MAX } from '../watch/pace.ts';
import { deepFreeze } from './document.ts';
import { type DocumentTable, missingVersion } from './document-table.ts';
import type { Head } from './protocol.ts';
import { versionFor } from './rollout.ts';
import { type SchemaIssue, type StandardSchema, validate } from './standard-schema.ts';

/** A version as this process runs it. */
export interface Applied<Output> {
  /** 0: there has never been one. */
  readonly version: number;
  readonly epoch: string;
  /** `undefined`: there is no document, or it was deleted. */
  readonly value: Output | undefined;
}

/** A version that this process does not accept. */
export interface Rejection {
  readonly version: number;
  readonly epoch: string;
  readonly issues: readonly SchemaIssue[];
}

/** What a replica tells those who listen. */
export type Notice =
  | { readonly kind: 'applied' }
  | { readonly kind: 'rejected'; readonly rejection: Rejection; readonly head: Head }
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'unanswered'; readonly failure: StoreFailure };

export interface ReplicaOptions<Output> {
  readonly schema: StandardSchema<unknown, Output> | undefined;
  /** What the process is called where a rollout chooses. */
  readonly unit: string;
  readonly pollMs: number;
}

/** A document as this process sees it: the last good version, whatever has come since. */
export class Replica<Output> {
  readonly table: DocumentTable;
  readonly #options: ReplicaOptions<Output>;
  readonly #listeners = new Set<(notice: Notice) => void>();
  #applied: Applied<Output> | undefined;
  #rejection: Rejection | undefined;
  /** On which side of which rollout this process is. */
  #side: { readonly salt: string; readonly version: number } | undefined;
  #restarts = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(table: DocumentTable, options: ReplicaOptions<Output>) {
    this.table = table;
    this.#options = options;
  }

  /** The last good version; `undefined`: nothing has been read. */
  get applied(): Applied<Output> | undefined {
    return this.#applied;
  }

  /** The version that is wanted and not accepted, if it is so now. */
  get rejection(): Rejection | undefined {
    return this.#rejection;
  }

  get pollMs(): number {
    return this.#options.pollMs;
  }

  /** What to ask of the poller, so that with its jitter no wait is longer than was promised. */
  get lookEveryMs(): number {
    return this.#options.pollMs / JITTER_MAX;
  }

  listen(listener: (notice: Notice) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Keeps up with the document until it is told to stop. */
  follow(keepsProcessAlive: boolean): () => void {
    const following = { pollMs: this.lookEveryMs, keepsProcessAlive };
    return this.table.poller.follow(following, (sight) => {
      if (sight.kind === 'failed') this.#tell({ kind: 'unanswered', failure: sight.failure });
      // An outage in between is told by the next look too.
      else this.apply().catch(() => undefined);
    });
  }

  /** Reads the head, unless what is known is young enough, and applies what it names. */
  async refresh(maxAgeMs: number): Promise<Applied<Output>> {
    const sight = await this.table.poller.recent(maxAgeMs);
    if (sight.kind === 'failed') {
      // Who has something to go on with goes on at once; others are asked for some patience.
      const mayWait = this.#applied === undefined && sight.failure.retryable;
      if (!mayWait) throw errorOfFailure(`reading ${this.table.title}`, sight.failure);
      await this.table.freshHead();
    }
    return this.apply();
  }

  /** Applies what the newest known head names for this process. */
  apply(): Promise<Applied<Output>> {
    const work = this.#last.then(
      () => this.#apply(),
      () => this.#apply(),
    );
    this.#last = work.catch(() => undefined);
    return work;
  }

  /** What a unit other than the process runs: both sides of a rollout are at hand. */
  async valueFor(unit: string): Promise<Applied<Output>> {
    const head = this.table.poller.state?.head ?? (await this.table.freshHead());
    const wanted =
      head.rollout === undefined ? head.version : versionFor(head.rollout, unit, this.#tableMs());
    if (wanted === this.#applied?.version) return this.#applied;
    const loaded = await this.#load(wanted, head);
    if (loaded.kind === 'applied') return loaded.applied;
    if (this.#applied !== undefined) return this.#applied;
    throw missingVersion(this.table, wanted);
  }

  async #apply(): Promise<Applied<Output>> {
    let head = this.table.poller.state?.head ?? (await this.table.freshHead());
    for (let attempt = 0; ; attempt += 1) {
      const wanted = this.#wanted(head);
      const { applied } = this;
      const restarts = this.table.poller.state?.restarts ?? 0;
      // In a table that was restored, the same number may name another document.
      const isSame = applied?.version === wanted && applied.epoch === head.epoch;
      if (applied !== undefined && isSame && this.#restarts === restarts) {
        this.#rejection = undefined;
        this.#tell({ kind: 'confirmed' });
        return applied;
      }
      const loaded = await this.#load(wanted, head);
      if (loaded.kind === 'applied') {
        this.#applied = loaded.applied;
        this.#restarts = restarts;
        this.#rejection = undefined;
        this.#tell({ kind: 'applied' });
        return loaded.applied;
      }
      if (loaded.kind === 'rejected') return this.#reject(loaded.rejection, head);
      // Compacted since: the newest head names a version that is there.
      if (attempt > 0) throw missingVersion(this.table, wanted);
      head = await this.table.freshHead();
    }
  }

  /** Stays with the last good version; says so once. */
  #reject(rejection: Rejection, head: Head): Applied<Output> {
    const known = this.#rejection;
    const isNews = known?.version !== rejection.version || known.epoch !== rejection.epoch;
    this.#rejection = rejection;
    this.#applied ??= { version: 0, epoch: head.epoch, value: undefined };
    this.#tell(isNews ? { kind: 'rejected', rejection, head } : { kind: 'confirmed' });
    return this.#applied;
  }

  #wanted({ version, rollout }: Head): number {
    if (rollout === undefined) return version;
    const { salt } = rollout;
    const before = this.#side?.salt === salt ? this.#side.version : undefined;
    const side = versionFor(rollout, this.#options.unit, this.#tableMs(), before);
    this.#side = { salt, version: side };
    return side;
  }

  async #load(number: number, { epoch }: Head) {
    if (number === 0) {
      return { kind: 'applied', applied: { version: 0, epoch, value: undefined } } as const;
    }
    const version = await this.table.version(number, epoch);
    if (version === undefined) return { kind: 'gone' } as const;
    const read = await this.read(version.document);
    if (read.issues !== undefined) {
      return {
        kind: 'rejected',
        rejection: { version: number, epoch, issues: read.issues },
      } as const;
    }
    return { kind: 'applied', applied: { version: number, epoch, value: read.value } } as const;
  }

  /** What the schema makes of a version's text. */
  async read(document: string | undefined) {
    if (document === undefined) return { value: undefined, issues: undefined } as const;
    const result = await validate(this.#options.schema, JSON.parse(document));
    if (result.issues !== undefined) return result;
    return { value: deepFreeze(result.value), issues: undefined } as const;
  }

  /** The table's time; the earliest that it can be, so that nobody runs ahead of a rollout. */
  #tableMs(): number | undefined {
    return this.table.runtime.tableClock.now()?.earliest;
  }

  #tell(notice: Notice): void {
    for (const listener of [...this.#listeners]) listener(notice);
  }
}
