import type { Lease } from './lease.ts';
import type { Rhythm } from './rhythm.ts';
import type { OwnershipRow } from './row.ts';
import type { SessionWatch } from './session-watch.ts';
import type { Terms } from './terms.ts';

/** What a pursuit came to. */
export type PursuitResult =
  | { readonly kind: 'granted'; readonly lease: Lease }
  | { readonly kind: 'held-by-other'; readonly row: OwnershipRow }
  | { readonly kind: 'abandoned' };

/** What is pursued, how and for how long. */
export interface PursuitOptions {
  readonly name: string;
  /** The acquisition's id. */
  readonly id: string;
  /** Whether an earlier request may have put that id into the row already. */
  readonly isInherited: boolean;
  /** `once`: answers at the first sight of a living owner. `until-granted`: waits in line. */
  readonly patience: 'once' | 'until-granted';
  /** Asked anew at each write: the waiter who started may have left, and another taken over. */
  readonly terms: () => Terms;
  readonly rhythm: Rhythm;
  readonly sessions: SessionWatch;
  readonly signal: AbortSignal;
}
