import type { Key } from './value.ts';

/** Kinds of rows that several share. What they have in common with others is in `schema.ts`. */
export type SharedKind = 'semaphore' | 'read-write-lock' | 'latch' | 'barrier' | 'double-barrier';

export const SHARED_ATTRIBUTE = {
  /** Permits of a pool, or waiters that a latch or a barrier was made for: as first declared. */
  declared: 'declared',
  /** Permits that there are now; differs from `declared` once a pool was resized. */
  limit: 'limit',
  /** Permits that nobody holds. Free, not used: conditions cannot subtract. */
  free: 'free',
  /** How many more may hold permits, so that the row stays small. */
  seats: 'seats',
  /** Who holds permits: `{ <id>: { label, permits, token, renewals, leaseMs, expiresAt? } }`. */
  holders: 'holders',
  /** Text in place of a time in `ttl`, so that DynamoDB never takes the row for garbage. */
  keep: 'keep',
  /** What is still to be counted down, or to arrive in this generation. */
  left: 'left',
  /** Who has been counted: `{ <id>: ... }`. */
  parties: 'parties',
  /** Which meeting at a barrier it is; grows when it opens or is reset. */
  generation: 'generation',
  /** Who met last: `parties` of the generation before, and who came last. */
  lastParties: 'lastParties',
  lastArrival: 'lastArrival',
  /** The latest generations that were reset instead of opening. */
  broken: 'broken',
} as const;

export function sharedKey(namespace: string, kind: SharedKind, name: string): Key {
  return { pk: `${namespace}#${kind}#${name}`, sk: kind };
}
