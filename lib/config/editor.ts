import { sleep } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import { HoldfastError } from '../errors.ts';
import { Compactor } from './compactor.ts';
import { textOf } from './document.ts';
import type { DocumentTable } from './document-table.ts';
import { ConfigInvalidError } from './errors.ts';
import { entryOf, versionOf } from './history.ts';
import { type ConfigOptions, DEFAULT_VERSIONS, type PublishOptions } from './options.ts';
import { standingVersion } from './protocol.ts';
import type { Draft, Publisher } from './publisher.ts';
import { type StandardSchema, validate } from './standard-schema.ts';

/** A version that was published. */
export interface Publication {
  readonly version: number;
}

/** How long to keep out of each other's way, where many change one document. */
const CROWD = { firstMs: 10, longestMs: 500 };

/** Makes versions of what the caller wants, by way of the schema and with the history's limits. */
export class Editor {
  readonly #table: DocumentTable;
  readonly #publisher: Publisher;
  readonly #compactor: Compactor;
  readonly #options: ConfigOptions;

  constructor(publisher: Publisher, options: ConfigOptions) {
    this.#table = publisher.table;
    this.#publisher = publisher;
    this.#compactor = new Compactor(publisher.table);
    this.#options = options;
  }

  async publish(value: unknown, options: PublishOptions): Promise<Publication> {
    const document = textOf(this.#table.name, value);
    await this.#check(document);
    return this.#publish({ document, repeats: undefined }, options);
  }

  delete(options: PublishOptions): Promise<Publication> {
    return this.#publish({ document: undefined, repeats: undefined }, options);
  }

  async update(change: (value: unknown) => unknown, options: PublishOptions): Promise<Publication> {
    const { clock, random, closing } = this.#table.runtime;
    for (let lost = 0; ; lost += 1) {
      const { version, value } = await this.#newest();
      const next = await change(value);
      try {
        return await this.publish(next, { ...options, expectedVersion: version });
      } catch (error) {
        const isRace = error instanceof HoldfastError && error.code === 'config-conflict';
        if (!isRace) throw error;
      }
      await sleep(clock, backoffMs(random, lost, CROWD), closing);
    }
  }

  async rollback(to: number | undefined, options: PublishOptions): Promise<Publication> {
    const head = await this.#table.freshHead();
    const repeats = to ?? head.version - 1;
    const { document } = await versionOf(this.#table, repeats);
    if (document !== undefined) await this.#check(document);
    const expectedVersion = options.expectedVersion ?? head.version;
    return this.#publish({ document, repeats }, { ...options, expectedVersion });
  }

  compact(): Promise<number> {
    return this.#compactor.compact(this.#keep);
  }

  async #publish(
    what: Pick<Draft, 'document' | 'repeats'>,
    options: PublishOptions,
  ): Promise<Publication> {
    const { runtime, poller } = this.#table;
    runtime.closing.throwIfAborted();
    const { rollout, supersede = false, expectedVersion, note, by = runtime.label } = options;
    const plan = rollout && {
      schedule: rollout.schedule,
      bakeMs: rollout.bakeMs ?? 0,
      abortOnReject: rollout.abortOnReject ?? false,
    };
    const draft = { ...what, expectedVersion, note, by, supersede, rollout: plan };
    const before = poller.state?.head.floor;
    const { version } = await this.#publisher.publish(draft, this.#keep);
    const floor = poller.state?.head.floor ?? 0;
    if (before !== undefined && floor > before) {
      const work = this.#compactor.expire(before, floor).catch(() => undefined);
      // What a Lambda leaves behind is frozen in the middle.
      if (!runtime.renews) await work;
    }
    return { version };
  }

  /** What a change starts from, and the version that must still be the newest when it is done. */
  async #newest(): Promise<{ readonly version: number; readonly value: unknown }> {
    for (;;) {
      const head = await this.#table.freshHead();
      const standing = standingVersion(head);
      if (standing === 0) return { version: head.version, value: undefined };
      const version = await this.#table.version(standing, head.epoch);
      // Compacted since: the next head names one that is there.
      if (version !== undefined) return { version: head.version, value: entryOf(version).value };
    }
  }

  async #check(document: string): Promise<void> {
    const schema = this.#options.schema as StandardSchema | undefined;
    const result = await validate(schema, JSON.parse(document));
    if (result.issues === undefined) return;
    throw new ConfigInvalidError(this.#table.name, result.issues);
  }

  get #keep() {
    const { versions = DEFAULT_VERSIONS, maxAgeMs } = this.#options.history ?? {};
    return { versions, maxAgeMs };
  }
}
