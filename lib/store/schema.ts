import type { Key } from './value.ts';

/**
 * Every key and attribute of the table, in one place. Names are readable words: an operator looks
 * at this table at three in the morning.
 *
 * `pk` is `<namespace>#<kind>#<name>`. A namespace holds no `#`, and a kind is one of ours, so a
 * name may hold anything: it comes last and cannot reach into the parts before it. Policies on
 * `dynamodb:LeadingKeys` confine a role to `<namespace>#*`.
 */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';

/**
 * DynamoDB deletes a row some days after this time (epoch seconds). Garbage collection, nothing
 * else.
 */
export const TTL_ATTRIBUTE = 'ttl';

/** Kinds of ownership rows: rows that somebody holds under a lease. */
export type OwnershipKind = 'lock' | 'election' | 'session';

export const ATTRIBUTE = {
  /** Unique id of the acquisition that owns the row; absent when nobody does. */
  owner: 'owner',
  /** Who that is, in words, for people. */
  ownerLabel: 'ownerLabel',
  /** Fencing token of the last grant. Only ever grows. */
  token: 'token',
  /** Number of the last renewal of this grant; 0 while a hand-over awaits its activation. */
  renewals: 'renewals',
  /** For how long the owner must be unseen before an observer may call it dead. */
  leaseMs: 'leaseMs',
  /**
   * End of the lease on the table clock, epoch milliseconds; absent when its owner had no clock.
   */
  expiresAt: 'expiresAt',
  /** Since when the owner has it, table clock; absent as `expiresAt` is. */
  ownedSince: 'ownedSince',
  /** The session that the hold rides on; absent when it is leased by itself. */
  session: 'session',
  /** Waiters in order of arrival: `{ id, label, until?, session? }`. */
  queue: 'queue',
  /**
   * Who asks the owner, or what rides on the session, to give up: `[{ pk, token, by, reason? }]`.
   */
  revokes: 'revokes',
  /** In a session's row: who waits behind what rides on it, `[{ pk, token, id }]`. */
  waiters: 'waiters',
  /** In a session's row: keys of some rows whose line it stands in, for a deadlock report. */
  waits: 'waits',
  /** How the previous grant ended: `{ owner, token, how }`. */
  previous: 'previous',
  /** The owner whose lapsed lease this owner's acquire ended, if any. */
  takenFrom: 'takenFrom',
  /** What a leader tells its followers. */
  value: 'value',
  /** How often the leader has changed its value within the term. */
  valueVersion: 'valueVersion',
  /**
   * Present only when the write was a transition (`<transition>#<token>`): what streams filter
   * by.
   */
  event: 'event',
  ttl: TTL_ATTRIBUTE,
  /** A transaction's lock on the row. */
  transactionLock: '_txl',
} as const;

/** In a transaction's lock: the row is nothing but this lock, on a key that has none. */
export const STUB_FIELD = 's';

/** Longest name, in UTF-8 bytes. Leaves room for namespace and kind in DynamoDB's 2,048. */
export const NAME_BYTES_MAX = 1_024;

/** Namespaces are short and plain, because they appear in policies. */
export const NAMESPACE_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * Where the garbage sweep of a strongly consistent global table notes how far it has come. No
 * namespace is empty, so no program's rows are there, and no client's policy lets it in.
 */
export const GARBAGE_KEY: Key = { pk: '#garbage', sk: 'cursor' };

export function ownershipKey(namespace: string, kind: OwnershipKind, name: string): Key {
  return { pk: `${namespace}#${kind}#${name}`, sk: kind };
}
