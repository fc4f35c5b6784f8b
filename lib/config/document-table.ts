import { HoldfastError } from '../errors.ts';
import { Patience } from '../lease/patience.ts';
import type { Runtime } from '../runtime.ts';
import { configKey, versionKey } from '../store/config-schema.ts';
import type { Item, Key } from '../store/value.ts';
import { type HeadPoller, headPoller } from '../watch/head-poller.ts';
import { type Head, parseHead, parseVersion, type Version } from './protocol.ts';

/** For how long a table that does not answer is asked again. */
const UNAVAILABLE_MAX_MS = 5_000;
/** Versions in memory: a rollout has two, and the ones before are asked for again at once. */
const CACHED_MAX = 8;
const PAGE = 25;

/** One document's rows as this process reads them. Versions never change, so they are kept. */
export class DocumentTable {
  readonly name: string;
  readonly title: string;
  readonly key: Key;
  readonly runtime: Runtime;
  readonly poller: HeadPoller<Head>;
  readonly #versions = new Map<number, Promise<Version | undefined>>();
  #life = '';

  constructor(runtime: Runtime, name: string) {
    this.name = name;
    this.title = `config '${name}'`;
    this.key = configKey(runtime.namespace, name);
    this.runtime = runtime;
    this.poller = headPoller(runtime, {
      kind: 'config',
      name,
      key: this.key,
      parse: parseHead,
      revisionOf: ({ revision }) => revision,
    });
  }

  patience(): Patience {
    const { closing } = this.runtime;
    return new Patience(this.runtime, this.title, closing, UNAVAILABLE_MAX_MS);
  }

  /** The head as of now, asked for again while the table does not answer. */
  async freshHead(): Promise<Head> {
    const patience = this.patience();
    for (;;) {
      this.runtime.closing.throwIfAborted();
      const sight = await this.poller.fresh();
      if (sight.kind === 'head') return sight.state.head;
      await patience.failure(sight.failure);
    }
  }

  /** A version that the head has named; `undefined`: it is gone. One consistent read, once. */
  version(number: number, epoch: string): Promise<Version | undefined> {
    // Another life of the document has other versions under the same numbers.
    const life = `${epoch}#${this.poller.state?.restarts ?? 0}`;
    if (life !== this.#life) this.#versions.clear();
    this.#life = life;
    const known = this.#versions.get(number);
    if (known !== undefined) return known;
    const reading = this.#read(number);
    this.#versions.set(number, reading);
    const forget = () => {
      if (this.#versions.get(number) === reading) this.#versions.delete(number);
    };
    reading.then((version) => {
      if (version === undefined) forget();
    }, forget);
    for (const oldest of this.#versions.keys()) {
      if (this.#versions.size <= CACHED_MAX) break;
      this.#versions.delete(oldest);
    }
    return reading;
  }

  /** Versions of a range, ascending or descending, a page at a time. Consistent reads. */
  async *versions(
    from: number,
    to: number,
    order: 'ascending' | 'descending' = 'ascending',
  ): AsyncGenerator<Version, void, undefined> {
    if (from > to) return;
    const range = { from: versionKey(this.key, from).sk, to: versionKey(this.key, to).sk };
    const { pk } = this.key;
    const patience = this.patience();
    for (let after: string | undefined; ; ) {
      this.runtime.closing.throwIfAborted();
      const { store } = this.runtime;
      const request = { pk, range, order, limit: PAGE, consistent: true };
      const page = await store.query(after === undefined ? request : { ...request, after });
      if (page.kind === 'failed') {
        await patience.failure(page.failure);
        continue;
      }
      patience.progress();
      yield* page.items.map((item: Item) => parseVersion(item));
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  async #read(number: number): Promise<Version | undefined> {
    const key = versionKey(this.key, number);
    const patience = this.patience();
    for (;;) {
      this.runtime.closing.throwIfAborted();
      const answer = await this.runtime.store.get({ key, consistent: true });
      if (answer.kind !== 'failed') {
        return answer.kind === 'found' ? parseVersion(answer.item) : undefined;
      }
      await patience.failure(answer.failure);
    }
  }
}

export function missingVersion({ title }: DocumentTable, version: number): HoldfastError {
  const message = `${title}: version ${version} never was, or was removed with the old ones`;
  return new HoldfastError('version-missing', message);
}
