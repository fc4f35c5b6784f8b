import { ATTRIBUTE, STUB_FIELD } from './schema.ts';

/**
 * Keys and attributes of transactions. In the items of users they are as few and as short as can
 * be: every item of theirs pays for them. Names that begin with `_tx` are reserved there.
 */
export const LOCK_ATTRIBUTE = {
  /** Version of the last committed write: `<transaction>.<number>`, never used again. */
  version: '_txv',
  /** The version before, so that an unanswered write can be told after one more write. */
  previous: '_txp',
  /** The lock: `{ id, n, a, s? }`, only while a transaction is at work on the item. */
  lock: ATTRIBUTE.transactionLock,
} as const;

export const RESERVED_PREFIX = '_tx';

export const LOCK_FIELD = {
  /** The transaction. */
  id: 'id',
  /** Which of its keys this is. */
  number: 'n',
  /** Which attempt at placing the lock: a late one must not be taken for the one that counted. */
  attempt: 'a',
  /** Present: the item is nothing but a lock on a key that has none. */
  stub: STUB_FIELD,
} as const;

export const RECORD_ATTRIBUTE = {
  /** `pending`, `committed`, `aborted` or `done`. */
  state: 'state',
  /** With `done`: what had been decided. */
  outcome: 'outcome',
  /** The attempt at creating the record that made it. */
  creation: 'creation',
  /** When the first attempt of the transaction began, by its own clock, and that attempt's id. */
  since: 'since',
  firstId: 'firstId',
  /** The items, as JSON: `[[table, key], ...]`. */
  keys: 'keys',
  /** What becomes of them, as JSON; written by the decision. */
  payload: 'payload',
  /** Of how many rows of their own the payload consists, where it has no room here. */
  chunks: 'chunks',
  /** Attempts of the locks that took more than one, as JSON. */
  attempts: 'attempts',
  /** Grows while a long commit is under way. */
  heartbeat: 'heartbeat',
  /** The hold that fences the transaction: its row, and its token. */
  fence: 'fence',
  token: 'token',
  /** Who it is, in words, for people. */
  ownerLabel: 'ownerLabel',
} as const;

/** In how many partitions the records of a namespace lie: a sweep asks each of them. */
export const RECORD_PARTITIONS = 16;

/** The partition of a record, and its sort key, as everywhere `pk` and `sk`. */
export function recordKey(
  namespace: string,
  id: string,
): { readonly pk: string; readonly sk: string } {
  return { pk: recordPartition(namespace, id.charCodeAt(0) % RECORD_PARTITIONS), sk: id };
}

export function recordPartition(namespace: string, partition: number): string {
  return `${namespace}#transaction#${partition}`;
}

/** A row with a part of the payload. Its `#` sorts it right behind its record. */
export function chunkKey(namespace: string, id: string, chunk: number) {
  const { pk, sk } = recordKey(namespace, id);
  return { pk, sk: `${sk}#${String(chunk).padStart(6, '0')}` };
}

/** The row that remembers an idempotency key. */
export function replayKey(namespace: string, key: string) {
  return { pk: `${namespace}#transaction-key#${key}`, sk: 'key' };
}

/** The row that says in which mode transactions of a namespace run. */
export function modeKey(namespace: string) {
  return { pk: `${namespace}#transaction-mode`, sk: 'mode' };
}

export const MODE_ATTRIBUTE = 'mode';

/** Whether rows of that partition belong to transactions themselves. */
export function isKeyOfTransactions(namespace: string, pk: string): boolean {
  const kinds = ['transaction', 'transaction-key'];
  return (
    pk === modeKey(namespace).pk || kinds.some((kind) => pk.startsWith(`${namespace}#${kind}#`))
  );
}
