import type { StoreFailure } from '../store/store.ts';
import type { Item, Key } from '../store/value.ts';
import type { HeadState } from './head-state.ts';

/** A head row: where it is, and how to read it. */
export interface HeadSpec<Head> {
  readonly kind: string;
  readonly name: string;
  readonly key: Key;
  /** `undefined`: there is no row. */
  readonly parse: (item: Item | undefined) => Head;
  /** Grows with every write of the row; 0 when there is none. */
  readonly revisionOf: (head: Head) => number;
}

/** What a look came to. */
export type HeadSight<Head> =
  | { readonly kind: 'head'; readonly state: HeadState<Head> }
  | { readonly kind: 'failed'; readonly failure: StoreFailure };

export interface FollowOptions {
  /** The usual time between two looks, give or take a fifth. Of several, the shortest counts. */
  readonly pollMs: number;
  /** Whether the process stays up for it. @default false */
  readonly keepsProcessAlive?: boolean | undefined;
}
