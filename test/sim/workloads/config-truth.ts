import { parseHead } from '../../../lib/config/protocol.ts';
import type { Item } from '../../../lib/store/value.ts';
import type { LoggedVersion, WatchTruth } from '../../check/watch.ts';
import type { Arrival } from '../traced-store.ts';

/** The value while there is no document. */
export const NO_DOCUMENT = 'no document';

const BEGINNING = { version: 0, value: NO_DOCUMENT, calledAt: -1, returnedAt: -1 };

/** What the table says of a configuration: each version from the moment the head named it. */
export class ConfigTruth {
  readonly #now: () => number;
  readonly #documents = new Map<number, string>();
  readonly #log: LoggedVersion[] = [BEGINNING];
  #floor = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get truth(): WatchTruth {
    return { log: this.#log, compactedThrough: this.#floor };
  }

  onArrival(arrival: Arrival): void {
    if (arrival.kind !== 'write' || arrival.result.kind !== 'applied') return;
    const { item } = arrival.result;
    if (item === undefined || !String(item.pk).includes('#config#')) return;
    if (item.sk === 'head') this.#noteHead(item);
    else if (typeof item.document === 'string') {
      this.#documents.set(Number(item.version), item.document);
    }
  }

  #noteHead(item: Item): void {
    const { version, floor } = parseHead(item);
    this.#floor = Math.max(this.#floor, floor);
    const last = this.#log.at(-1);
    if (last?.version === version && last.value === this.#documents.get(version)) return;
    const value = this.#documents.get(version) ?? 'no row';
    this.#log.push({ version, value, calledAt: this.#now(), returnedAt: this.#now() });
  }
}
