import type { TransactionsOptions } from 'holdfast/transaction';

/** What every process of the scene has to know. */
export interface Settings {
  readonly table: string;
  readonly namespace: string;
  readonly clientConfig: object;
}

/** What a mover tells the main process. */
export type MoverReport =
  | { readonly kind: 'moving'; readonly name: string }
  | {
      readonly kind: 'moved';
      readonly from: string;
      readonly to: string;
      readonly megabytes: number;
    }
  | { readonly kind: 'unsure'; readonly message: string };

export const ALBUMS = ['beach', 'birds', 'cats', 'garden', 'snow'] as const;
export const MEGABYTES_EACH = 1_000;
export const TOTAL_MEGABYTES = ALBUMS.length * MEGABYTES_EACH;

/** The scene's own table, beside the library's. */
export const ALBUM_TABLE = 'albums';
export const TRANSACTIONS = {
  tables: { [ALBUM_TABLE]: ['name'] },
  // How long the items of a killed process are waited for.
  orphanMs: 500,
} as const satisfies TransactionsOptions;
