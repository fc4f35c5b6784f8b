import { type Clock, systemClock } from '../../core/clock.ts';
import { ChangeFeed } from './change-feed.ts';
import type { StreamImage } from './stream-source.ts';

type Done = (error: unknown, value?: unknown) => void;

/** What dynalite keeps a table's items in. Its actions hold the item's lock around each call. */
interface ItemDatabase {
  get(key: string, done: (error: unknown, item?: StreamImage) => void): void;
  put(key: string, item: StreamImage, done: Done): void;
  del(key: string, done: Done): void;
}

interface Table {
  readonly KeySchema: readonly { readonly AttributeName: string }[];
}

/** The part of dynalite's inner store that is used here. */
export interface DynaliteStore {
  getItemDb(tableName: string): ItemDatabase;
  getTable(
    tableName: string,
    checkStatus: boolean,
    done: (error: unknown, table?: Table) => void,
  ): void;
}

/**
 * Feeds of the tables of one dynalite. It has no streams: its item databases are wrapped so that
 * each write reports the item before and after it, in the order of the writes and under the
 * item's lock, which makes both images exact. Writes of before the first call are not in it.
 */
export class DynaliteFeeds {
  readonly #store: DynaliteStore;
  readonly #clock: Clock;
  readonly #feeds = new Map<string, Promise<ChangeFeed>>();

  constructor(store: DynaliteStore, clock: Clock = systemClock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws Error when there is no such table */
  feedOf(tableName: string): Promise<ChangeFeed> {
    const feed = this.#feeds.get(tableName) ?? this.#open(tableName);
    this.#feeds.set(tableName, feed);
    return feed;
  }

  async #open(tableName: string): Promise<ChangeFeed> {
    const keys = await this.#keyNames(tableName);
    const feed = new ChangeFeed(tableName, this.#clock);
    const items = this.#store.getItemDb(tableName);
    const [put, del] = [items.put.bind(items), items.del.bind(items)];
    const reporting = (key: string, after: StreamImage | undefined, done: Done): Promise<Done> =>
      new Promise((resolve) => {
        items.get(key, (_, before) => {
          resolve((error, value) => {
            const item = after ?? before;
            if (!error && item !== undefined) {
              const picked = keys.map((name) => [name, item[name] ?? {}]);
              feed.append(structuredClone({ keys: Object.fromEntries(picked), before, after }));
            }
            done(error, value);
          });
        });
      });
    items.put = (key, item, done) => {
      // What it is now: dynalite goes on using the object.
      const after = structuredClone(item);
      void reporting(key, after, done).then((report) => put(key, item, report));
    };
    items.del = (key, done) => {
      void reporting(key, undefined, done).then((report) => del(key, report));
    };
    return feed;
  }

  #keyNames(tableName: string): Promise<string[]> {
    return new Promise((resolve, reject) => {
      this.#store.getTable(tableName, false, (error, table) => {
        if (table === undefined) reject(new Error(`no table '${tableName}'`, { cause: error }));
        else resolve(table.KeySchema.map(({ AttributeName }) => AttributeName));
      });
    });
  }
}
