import { InvalidArgumentError } from '../errors.ts';
import type { ReleaseResult } from '../lease/give-up.ts';
import type { ItemLease } from '../lock/item-lease.ts';
import type { ItemLocks } from '../lock/item-locks.ts';
import type { ItemChanges } from '../lock/item-writes.ts';
import { checkKnown } from '../option-checks.ts';
import { type PlainItem, plainOf } from '../transaction/plain.ts';

/** What becomes of a locked item. */
export interface LockedItemChanges {
  /** Attributes that get a value; none of the key, none that begins with `_lock` or `_tx`. */
  readonly set?: PlainItem | undefined;
  /** Names of attributes that go. */
  readonly remove?: readonly string[] | undefined;
}

/** Turns changes into what the table of the item takes. */
export type ChangesCheck = (changes: LockedItemChanges) => ItemChanges;

/** One acquisition of a locked item. It ends with one write, one deletion, or a release. */
export class ItemHold implements AsyncDisposable {
  /** The item as it was when it was taken, without what the library adds; `undefined`: none. */
  readonly item: PlainItem | undefined;
  /**
   * The fencing token: larger than that of every earlier hold since the item exists. Where it was
   * deleted, tokens follow the table's time, as far as that is known: to a second or two.
   */
  readonly token: number;
  readonly #lease: ItemLease;
  readonly #locks: ItemLocks;
  readonly #check: ChangesCheck;
  #isWritten = false;
  #released: Promise<ReleaseResult> | undefined;

  constructor(lease: ItemLease, locks: ItemLocks, check: ChangesCheck) {
    const { content } = lease.row;
    this.item = content && plainOf(content);
    this.token = lease.token;
    this.#lease = lease;
    this.#locks = locks;
    this.#check = check;
  }

  /**
   * Aborts when the hold is lost, before anybody else can be granted the item, with a
   * {@link LeaseLostError} that says why. In Lambda mode it aborts when a method notices.
   */
  get signal(): AbortSignal {
    return this.#lease.keeper.signal;
  }

  /** For how many milliseconds the hold is surely still valid; computed at each call. */
  remainingMs(): number {
    return this.#lease.keeper.remainingMs();
  }

  /** Throws the {@link LeaseLostError} when the hold is no longer valid. */
  throwIfLost(): void {
    const { lost } = this.#lease.keeper;
    if (lost !== undefined) throw lost;
  }

  /**
   * Writes the item and gives it up, in one request of one unit for each started KB of the item.
   * Its condition is the hold itself, so that nobody's clock can let a stale holder write. What is
   * not named stays as it is.
   *
   * @throws LeaseLostError, or `item-changed` when a transaction has written the item meanwhile:
   *   nothing is written then; `outcome-unknown`, `store-unavailable` (no usable answer for 5
   *   seconds); InvalidArgumentError, before any request
   */
  async write(changes: LockedItemChanges): Promise<void> {
    checkKnown(changes, ['set', 'remove']);
    await this.#finish(this.#check(changes));
  }

  /** Deletes the item, and with it the lock: one request. @throws as {@link write} */
  async delete(): Promise<void> {
    await this.#finish('delete');
  }

  /**
   * Gives the item up as it is: one request, one write unit. Never throws; says what the table
   * says.
   */
  async release(): Promise<ReleaseResult> {
    if (this.#isWritten) return { outcome: 'already-released' };
    if (this.#released === undefined) {
      this.#released = this.#locks.release(this.#lease);
      return this.#released;
    }
    const first = await this.#released;
    return first.outcome === 'released' ? { outcome: 'already-released' } : first;
  }

  /** Never throws: an error while leaving a block would hide the error that made us leave it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  async #finish(changes: ItemChanges | 'delete'): Promise<void> {
    if (this.#isWritten || this.#released !== undefined) {
      const expected = 'a hold that has neither been written nor released';
      throw new InvalidArgumentError('hold', expected, this.#isWritten ? 'written' : 'released');
    }
    await this.#locks.write(this.#lease, changes);
    this.#isWritten = true;
  }
}
