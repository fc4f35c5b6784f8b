import type { ItemStore, ItemWrite, ItemWriteResult } from '../../lib/store/item-store.ts';
import type { CallOptions, StoreFailure } from '../../lib/store/store.ts';
import type { ScheduledClient } from './schedule.ts';

/** One client's way to the items of any table, on the schedule of its other requests. */
export class ScheduledItemStore implements ItemStore {
  readonly #tables: ItemStore;
  readonly #client: ScheduledClient;

  constructor(tables: ItemStore, client: ScheduledClient) {
    this.#tables = tables;
    this.#client = client;
  }

  get(...[request, options]: Parameters<ItemStore['get']>): ReturnType<ItemStore['get']> {
    return this.#read('read', () => this.#tables.get(request), options);
  }

  query(...[request, options]: Parameters<ItemStore['query']>): ReturnType<ItemStore['query']> {
    return this.#read('query', () => this.#tables.query(request), options);
  }

  transactGet(
    ...[requests, options]: Parameters<ItemStore['transactGet']>
  ): ReturnType<ItemStore['transactGet']> {
    return this.#read('transact-get', () => this.#tables.transactGet(requests), options);
  }

  write(request: ItemWrite, options?: CallOptions): Promise<ItemWriteResult> {
    const what = `${request.kind} in ${request.table}`;
    return this.#write(what, () => this.#tables.write(request), options);
  }

  transactWrite(
    ...[request, options]: Parameters<ItemStore['transactWrite']>
  ): ReturnType<ItemStore['transactWrite']> {
    return this.#write('transact-write', () => this.#tables.transactWrite(request), options);
  }

  #write<Result>(
    what: string,
    execute: () => Promise<Result>,
    options: CallOptions | undefined,
  ): Promise<Result | Unknown> {
    const { name, store } = this.#client;
    return store.send<Result | Unknown>(
      { isWrite: true, matters: true, words: `${name}'s ${what}` },
      execute,
      (failure) => ({ kind: 'unknown', failure }),
      options?.signal,
    );
  }

  #read<Result>(
    what: string,
    execute: () => Promise<Result>,
    options: CallOptions | undefined,
  ): Promise<Result | Failed> {
    const { name, store } = this.#client;
    return store.send<Result | Failed>(
      { isWrite: false, matters: true, words: `${name}'s ${what}` },
      execute,
      (failure) => ({ kind: 'failed', failure }),
      options?.signal,
    );
  }
}

interface Unknown {
  readonly kind: 'unknown';
  readonly failure: StoreFailure;
}

interface Failed {
  readonly kind: 'failed';
  readonly failure: StoreFailure;
}
