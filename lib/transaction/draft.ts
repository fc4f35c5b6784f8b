import type { Access } from './plan.ts';
import type { RangeRead } from './range.ts';

/** What a transaction has come to when its function has returned. */
export interface Draft {
  readonly accesses: readonly Access[];
  readonly range: RangeRead | undefined;
  /** Whether all of it was read at one moment, and nothing is written. */
  readonly isOfOneMoment: boolean;
  readonly afterCommit: readonly (() => void)[];
}

/** Whether a row of the library's would be made, which only the library does. */
export function isUnfounded({ snapshot, intent }: Access): boolean {
  return intent?.kind === 'amend' && snapshot.image === undefined;
}
