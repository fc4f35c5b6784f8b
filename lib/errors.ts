/**
 * Every error that the library raises. Tell them apart by `code`, or with the guards below, which
 * work on the code and not on the class and so survive two copies of the package in one process.
 */
export type HoldfastErrorCode =
  /** An argument or option is wrong. Raised before any request. */
  | 'invalid-argument'
  /** The table does not exist. */
  | 'table-missing'
  /** The credentials do not permit the call. */
  | 'access-denied'
  /** The table did not answer, or only with throttling and faults, until the deadline. */
  | 'store-unavailable'
  /** The hold ended before its owner released it. */
  | 'lease-lost'
  /** The lock was not granted in time. */
  | 'acquire-timeout'
  /** No answer of the table says what time it is, and the operation would be unsafe without. */
  | 'clock-unknown'
  /** The `Holdfast` instance was closed. */
  | 'closed'
  /** The row was made with other numbers than the caller's: permits, count or parties. */
  | 'count-mismatch'
  /** A semaphore cannot shrink below the permits that are held. */
  | 'permits-held'
  /** As many hold permits as a row has room for. */
  | 'holders-full'
  /** The barrier was reset while parties waited at it, so that meeting will never take place. */
  | 'barrier-broken'
  /** The double barrier's round is under way without the caller, who has not entered it. */
  | 'not-a-party'
  /** A sequence has no numbers left below 2^53. */
  | 'sequence-exhausted'
  /** The sequence of that name gives its numbers in another way: in blocks, or without gaps. */
  | 'sequence-mismatch'
  /** Somebody holds every slot: the error says who. */
  | 'slots-full'
  /** The timestamps that were reserved for ids are used up, and the table has given no others. */
  | 'ids-exhausted'
  /** Ids of this name were issued with another layout. */
  | 'layout-mismatch'
  /** Somebody else has the name, or it is held back after a release. */
  | 'name-taken'
  /** The schema refuses the document: the error lists the issues. */
  | 'config-invalid'
  /** Somebody has published since the version that the caller expects. */
  | 'config-conflict'
  /** The document is larger than a version can be. */
  | 'config-too-large'
  /** There is no document, and no fallback for it. */
  | 'config-missing'
  /** There is no such version, or it was removed with the old ones. */
  | 'version-missing'
  /** A rollout is under way, and the caller has not said to supersede it. */
  | 'rollout-active'
  /** There is no rollout to change. */
  | 'rollout-missing'
  /** A transaction has written the locked item since its holder read it. */
  | 'item-changed'
  /** Nobody knows any more whether the write took effect. */
  | 'outcome-unknown'
  /** Others were at work on a transaction's items in each of its attempts. */
  | 'transaction-conflict'
  /** The transaction was not over in the time that it was given. */
  | 'transaction-timeout'
  /** The hold that fences a transaction is not the caller's any more. */
  | 'fence-lost'
  /** A program outside has overwritten what a transaction had locked. */
  | 'foreign-write'
  /** An item, or a transaction, is larger than there is room for. */
  | 'item-too-large'
  /** A statement that a transaction rests on does not hold. */
  | 'check-failed'
  /** Transactions of this namespace run in another mode: all programs must agree on one. */
  | 'mode-mismatch'
  /** The engine, or a table of this kind, has no native transactions. */
  | 'native-unsupported'
  /** Nobody in a group can be given work. */
  | 'no-member'
  /** An exported hold has been adopted, released or taken since. */
  | 'export-stale'
  /** Nobody in a group can be given work. */
  /** A row does not look like this library's. */
  | 'row-invalid'
  /** An optional peer dependency that this part needs is not installed. */
  | 'peer-missing';

const BRAND = Symbol.for('holdfast.error');

/** Base of every error that the library raises; `code` says which kind it is. */
export class HoldfastError extends Error {
  readonly code: HoldfastErrorCode;
  readonly [BRAND] = true;

  constructor(code: HoldfastErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Whether `error` is this library's and, when a code is given, of that kind. */
export function isHoldfastError(error: unknown, code?: HoldfastErrorCode): error is HoldfastError {
  if (!(error instanceof Error) || !(BRAND in error)) return false;
  return code === undefined || (error as HoldfastError).code === code;
}

/** A wrong argument: what was expected and what came. */
export class InvalidArgumentError extends HoldfastError {
  readonly argument: string;

  constructor(argument: string, expected: string, got: unknown) {
    super('invalid-argument', `${argument}: expected ${expected}, got ${describe(got)}`);
    this.argument = argument;
  }
}

/** Why a hold ended early. */
export type LeaseLossReason =
  /** Somebody else owns the row now: see `takenBy`. */
  | 'taken'
  /** The row is gone or has no owner: an operator or another program removed it. */
  | 'removed'
  /** Renewals went unanswered or failed until the lease was about to end: see `cause`. */
  | 'not-renewed'
  /** This process or machine stood still past the lease: event loop, SIGSTOP, suspend, freeze. */
  | 'paused'
  /** The session that it was taken under was lost or closed: see `cause`. */
  | 'session-ended'
  /** The time that was granted is over, in a mode without renewals. */
  | 'expired';

/** The hold is not, or is about to be no longer, the caller's. The reason of a hold's signal. */
export class LeaseLostError extends HoldfastError {
  readonly reason: LeaseLossReason;
  /** The fencing token of the hold that was lost. */
  readonly token: number;
  readonly takenBy: string | undefined;

  constructor(
    name: string,
    token: number,
    loss: {
      reason: LeaseLossReason;
      detail: string;
      takenBy?: string | undefined;
      cause?: unknown;
    },
  ) {
    super('lease-lost', `${name}: lease with token ${token} lost: ${loss.detail}`, {
      cause: loss.cause,
    });
    this.reason = loss.reason;
    this.token = token;
    this.takenBy = loss.takenBy;
  }
}

/** The wait for a lock or a leadership ended before the grant. */
export class AcquireTimeoutError extends HoldfastError {
  /** Who had it when last seen. */
  readonly heldBy: string | undefined;

  constructor(name: string, timeoutMs: number, heldBy: string | undefined) {
    const holder = heldBy === undefined ? '' : `; ${heldBy} has it`;
    super('acquire-timeout', `${name}: not granted within ${timeoutMs} ms${holder}`);
    this.heldBy = heldBy;
  }
}

/** The `Holdfast` instance was closed while the operation was under way, or before. */
export class ClosedError extends HoldfastError {
  constructor() {
    super('closed', 'this Holdfast instance is closed');
  }
}

/** What `value` is, short enough for a message and without leaking what it holds. */
function describe(value: unknown): string {
  if (typeof value === 'string') {
    return value.length <= 40 ? `'${value}'` : `a string of ${value.length} characters`;
  }
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return `${value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return value === undefined ? 'undefined' : `a value of type ${typeof value}`;
}
