/** The one table of users' items there is where items are rows, and the names of its key. */
export const ITEM_TABLES = { items: ['pk', 'sk'] } as const;

/** The key of an item, out of the way of the library's own rows. */
export function itemKey(name: string): { readonly pk: string; readonly sk: string } {
  return { pk: `item#${name}`, sk: 'item' };
}
