import type { ItemStore } from '../../lib/store/item-store.ts';
import { RowItems } from '../../lib/store/row-items.ts';
import type { SimulatedClient } from './client.ts';

/** A client's way to items: rows of the table as items, and native transactions. */
export function carriedItems(items: ItemStore, client: SimulatedClient): ItemStore {
  const rows = new RowItems(client.store);
  return {
    get: (...request) => rows.get(...request),
    query: (...request) => rows.query(...request),
    write: (...request) => rows.write(...request),
    transactGet: () => rows.transactGet(),
    transactWrite: (request, options) => client.carry(() => items.transactWrite(request), options),
  };
}
