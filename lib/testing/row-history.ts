import { TTL_ATTRIBUTE } from '../store/schema.ts';
import type { Item, Key } from '../store/value.ts';

interface Image {
  readonly sinceMs: number;
  readonly item: Item | undefined;
}

interface Row {
  readonly key: Key;
  readonly images: Image[];
}

/** Older images of a row than these are forgotten. */
const IMAGES_MAX = 32;

/** What rows looked like, for reads that are served by a replica which lags behind. */
export class RowHistory {
  readonly #rows = new Map<string, Row>();

  /** Notes that `key` reads as `item` from now on; `undefined` when there is no such row. */
  record(key: Key, item: Item | undefined, nowMs: number): void {
    const id = JSON.stringify([key.pk, key.sk]);
    const row = this.#rows.get(id) ?? { key, images: [{ sinceMs: -Infinity, item: undefined }] };
    this.#rows.set(id, row);
    row.images.push({ sinceMs: nowMs, item });
    if (row.images.length > IMAGES_MAX) row.images.shift();
  }

  /** The row as it was at a time; `undefined` when nothing is known about it. */
  at(key: Key, timeMs: number): { readonly item: Item | undefined } | undefined {
    const row = this.#rows.get(JSON.stringify([key.pk, key.sk]));
    return row?.images.findLast((image) => image.sinceMs <= timeMs) ?? row?.images[0];
  }

  /** What a partition held at a time, as far as it was written by those who share the history. */
  partitionAt(pk: string, timeMs: number): (Item & Key)[] {
    return [...this.#rows.values()].flatMap(({ key, images }) => {
      if (key.pk !== pk) return [];
      const { item } = images.findLast((image) => image.sinceMs <= timeMs) ?? images[0] ?? {};
      return item === undefined ? [] : [{ ...item, pk, sk: key.sk }];
    });
  }

  /** Rows that the table may collect as garbage, by their TTL attribute. */
  expired(nowSeconds: number): Key[] {
    const expired: Key[] = [];
    for (const { key, images } of this.#rows.values()) {
      const ttl = images.at(-1)?.item?.[TTL_ATTRIBUTE];
      if (typeof ttl === 'number' && ttl < nowSeconds) expired.push({ pk: key.pk, sk: key.sk });
    }
    return expired;
  }
}
