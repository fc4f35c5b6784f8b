import { sleep } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import type { ItemWrite } from '../store/item-store.ts';
import { LOCK_ATTRIBUTE } from '../store/transaction-schema.ts';
import type { CoordinatorParts } from './coordinator.ts';
import { Conflict, FenceLostError } from './errors.ts';
import {
  type ItemLock,
  isFreeAndAsSeen,
  isLockedAndAsSeen,
  isSame,
  lockAttribute,
  lockOf,
  type Snapshot,
  snapshotOf,
} from './lock.ts';
import { type Place, placeName } from './operation.ts';
import { inParallel } from './parallel.ts';
import type { FenceClauses, Slot } from './plan.ts';

/** How long to keep out of each other's way, where many want one item. */
const CROWD = { firstMs: 4, longestMs: 40 };

/** What is needed of an item to lock it. */
export type Lockable = Pick<Slot, 'place' | 'snapshot' | 'fence'>;

/** A lock of this transaction's, or one that may still come into being. */
export interface PlacedLock {
  readonly place: Place;
  readonly lock: ItemLock;
}

/** The locks of one attempt at a transaction: placed one by one, many at a time. */
export class SlotLocks {
  /** Attempts of the locks that took more than one. */
  readonly attempts: Record<number, number> = {};
  readonly #parts: CoordinatorParts;
  readonly #locks = new Map<number, PlacedLock>();

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
  }

  /** Every lock that is surely ours, or may be. */
  all(): readonly PlacedLock[] {
    return [...this.#locks.values()];
  }

  /** Locks all slots, each as it was seen. @throws Conflict */
  async placeAll(slots: readonly Slot[]): Promise<void> {
    const { signal } = this.#parts;
    const lockOne = async (slot: Slot, number: number, inner: AbortSignal | undefined) => {
      await this.#lockSlot(slot, number, slot.fence?.isAlone !== true, inner);
    };
    await inParallel(slots, lockOne, { signal });
  }

  /** Locks items as they are, whatever was seen before, and returns what they are. */
  async placeAllAsFound(accesses: readonly Lockable[]): Promise<readonly Snapshot[]> {
    const snapshots: Snapshot[] = [];
    await inParallel(
      accesses,
      async (access, number, signal) => {
        snapshots[number] = await this.#lockSlot(access, number, false, signal);
      },
      { signal: this.#parts.signal },
    );
    return snapshots;
  }

  async #lockSlot(
    { place, snapshot: seen, fence }: Lockable,
    number: number,
    isExact: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Snapshot> {
    const { gateway, id, resolver, party } = this.#parts;
    const { clock, random } = gateway.runtime;
    const patience = gateway.patience(`transaction ${id}`, signal);
    let snapshot = seen;
    let attempt = 0;
    // Another's lock that this one takes the place of.
    let dead: ItemLock | undefined;
    for (let turn = 0; ; turn += 1) {
      signal?.throwIfAborted();
      const lock: ItemLock = { id, number, attempt, isStub: snapshot.image === undefined };
      // Noted before it is sent: one that nobody has heard of again has to be removed as well.
      this.#locks.set(number, { place, lock });
      const request = this.#lockWrite(place, lock, snapshot, dead, fence);
      const result = await gateway.write(request, signal);
      dead = undefined;
      if (result.kind === 'failed') {
        await patience.failure(result.failure);
        continue;
      }
      const item = result.kind === 'unknown' ? await gateway.read(place) : result.item;
      const found = lockOf(item);
      const now = snapshotOf(item);
      if (found?.id === id) {
        this.#locked(place, found);
        // The lock was placed on what was read, or a program outside has changed it in between.
        if (isExact && !isSame(now, seen)) throw new Conflict(place);
        return now;
      }
      if (result.kind === 'unknown') {
        // It may still come. Then it must not be taken for the one that counts.
        attempt += 1;
        await patience.failure(result.failure);
        continue;
      }
      if (fence?.holdsOf(item) === false) throw new FenceLostError(placeName(place));
      if (isExact && !isSame(now, seen)) throw new Conflict(place);
      snapshot = now;
      if (found === undefined) continue;
      if (await resolver.yields(place, found, party, signal)) dead = found;
      else await this.#stopIfEnded(place);
      if (turn > 0 && dead === undefined)
        await sleep(clock, backoffMs(random, turn, CROWD), signal);
    }
  }

  /** An older transaction may have ended this one, and then every further lock is in vain. */
  async #stopIfEnded(place: Place): Promise<void> {
    const { resolver, id } = this.#parts;
    const record = await resolver.record(id);
    if (record?.state !== 'pending') throw new Conflict(place);
  }

  #locked(place: Place, lock: ItemLock): void {
    this.#locks.set(lock.number, { place, lock });
    if (lock.attempt !== 0) this.attempts[lock.number] = lock.attempt;
  }

  #lockWrite(
    { table, key }: Place,
    lock: ItemLock,
    snapshot: Snapshot,
    dead: ItemLock | undefined,
    fence: FenceClauses | undefined,
  ): ItemWrite {
    const isAsSeen =
      dead === undefined
        ? isFreeAndAsSeen(snapshot, this.#parts.partitionKeyOf(table))
        : isLockedAndAsSeen(dead, snapshot);
    const condition = [...isAsSeen, ...(fence?.clauses ?? [])];
    const set = { [LOCK_ATTRIBUTE.lock]: lockAttribute(lock) };
    return { kind: 'update', table, key, set, condition };
  }
}
