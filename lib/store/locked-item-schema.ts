/**
 * What a lock in a user's own item adds to it. Names that begin with `_lock` are reserved there.
 * Never a `ttl`: when the item goes is its owner's to say.
 */
export const ITEM_LOCK_ATTRIBUTE = {
  /** Who holds the item; only while somebody does. */
  holder: '_lock',
  /** Fencing token of the last grant. Only ever grows, and stays. */
  token: '_lockToken',
  /** The token under which the item was written last. */
  written: '_lockWritten',
  /** Present: the item is nothing but a lock on a key that has none. */
  stub: '_lockStub',
} as const;

export const ITEM_LOCK_PREFIX = '_lock';

export const ITEM_HOLDER_FIELD = {
  /** Unique per acquisition. */
  id: 'id',
  /** Who that is, in words, for people. */
  label: 'label',
  /** Number of the last renewal. */
  renewals: 'renewals',
  leaseMs: 'leaseMs',
  /** On the table clock, epoch milliseconds; absent under a session, or without the time. */
  expiresAt: 'expiresAt',
  /** Since when, on the table clock. */
  since: 'since',
  /** The session that keeps it alive, if it does not renew itself. */
  session: 'session',
} as const;
