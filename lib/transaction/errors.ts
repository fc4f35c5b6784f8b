import { HoldfastError } from '../errors.ts';
import type { Place } from './operation.ts';
import { placeName } from './operation.ts';

/** Others were at work on the same items, in every attempt that was allowed. Nothing happened. */
export class TransactionConflictError extends HoldfastError {
  /** The item that the last attempt failed at: its table and key. */
  readonly item: string;
  /** The transaction that stood in the way, if one did. */
  readonly owner: string | undefined;
  readonly attempts: number;

  constructor(conflict: Conflict, attempts: number) {
    const { place, owner } = conflict;
    const item = placeName(place);
    const by = owner === undefined ? '' : `, which transaction ${owner} is at work on`;
    super('transaction-conflict', `gave way ${attempts} times, the last time at ${item}${by}`);
    this.item = item;
    this.owner = owner;
    this.attempts = attempts;
  }
}

/**
 * Nobody can tell whether the transaction took effect: the table stopped answering at the moment of
 * its decision, or its record was removed before it could be read.
 */
export class OutcomeUnknownError extends HoldfastError {
  /** What `outcome()` may still answer. */
  readonly transactionId: string;

  constructor(transactionId: string, cause?: unknown) {
    const message = `nobody can tell whether transaction ${transactionId} took effect`;
    super('outcome-unknown', message, { cause });
    this.transactionId = transactionId;
  }
}

/** The hold that was to fence the transaction is not the caller's any more. Nothing happened. */
export class FenceLostError extends HoldfastError {
  /** The row of the hold. */
  readonly row: string;

  constructor(row: string) {
    super('fence-lost', `the hold on ${row} has ended: somebody else may have it`);
    this.row = row;
  }
}

/**
 * The transaction took effect, but a program outside has overwritten some of its items while they
 * were locked, without looking at the lock: what was to be written there is lost.
 */
export class ForeignWriteError extends HoldfastError {
  readonly transactionId: string;
  /** The items whose writes are lost: table and key of each. */
  readonly items: readonly string[];

  constructor(transactionId: string, places: readonly Place[]) {
    const items = places.map(placeName);
    const message = `transaction ${transactionId}: overwritten under its lock: ${items.join(', ')}`;
    super('foreign-write', message);
    this.transactionId = transactionId;
    this.items = items;
  }
}

/** An item, or all that is written, is larger than there is room for. Nothing happened. */
export class ItemTooLargeError extends HoldfastError {
  readonly sizeBytes: number;
  readonly sizeBytesMax: number;

  constructor(what: string, sizeBytes: number, sizeBytesMax: number) {
    super('item-too-large', `${what}: ${sizeBytes} bytes, at most ${sizeBytesMax}`);
    this.sizeBytes = sizeBytes;
    this.sizeBytesMax = sizeBytesMax;
  }
}

/** What a transaction asked for by `check` or `insert` does not hold. Nothing happened. */
export class CheckFailedError extends HoldfastError {
  readonly item: string;

  constructor(place: Place, statement: string) {
    const item = placeName(place);
    super('check-failed', `${item}: ${statement}`);
    this.item = item;
  }
}

/** One attempt gives way, and another may follow. Never leaves the library. */
export class Conflict extends Error {
  readonly place: Place;
  readonly owner: string | undefined;
  /** Whether it was no rival, but an item that was not locked first because nobody knew of it. */
  isSurprise = false;

  constructor(place: Place, owner?: string | undefined) {
    super(`conflict at ${placeName(place)}`);
    this.place = place;
    this.owner = owner;
  }
}
