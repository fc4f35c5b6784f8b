import { sleep } from '../core/clock.ts';
import { invariant } from '../core/invariant.ts';
import type { Attributes } from '../store/attribute.ts';
import { removeChunks, storePayload } from './chunks.ts';
import { Conflict, OutcomeUnknownError } from './errors.ts';
import { type Gateway, raise } from './gateway.ts';
import { isWrittenByHold } from './hold-attributes.ts';
import {
  type ItemLock,
  isForgetful,
  isSame,
  lockOf,
  type Snapshot,
  versionFor,
  versionOf,
} from './lock.ts';
import type { ModeAgreement } from './mode.ts';
import { validateTogether } from './native-read.ts';
import { apply, type Operation, type Place, unlock } from './operation.ts';
import { inParallel } from './parallel.ts';
import type { Access, Slot } from './plan.ts';
import {
  abort,
  addressOfRecord,
  beat,
  createRecord,
  decide,
  parseRecord,
  payloadOf,
  type RecordHome,
  removeRecord,
  type TransactionRecord,
} from './record.ts';
import type { Party, Resolver } from './resolver.ts';
import { type Lockable, SlotLocks } from './slot-locks.ts';

/** What a coordinator works with. */
export interface CoordinatorParts {
  readonly gateway: Gateway;
  readonly resolver: Resolver;
  readonly home: RecordHome;
  readonly party: Party;
  readonly id: string;
  readonly mode: ModeAgreement;
  /** By table, the name of its partition key. */
  readonly partitionKeyOf: (table: string) => string;
  readonly signal: AbortSignal | undefined;
  /** After which silence others take this transaction for orphaned. */
  readonly orphanMs: number;
}

/** What was left undone, or lost, when a decision was carried out. */
export interface Leftovers {
  /** Where the write could not be carried out yet: anybody who comes by will. */
  readonly unapplied: readonly Place[];
  /** Where a program outside has overwritten the lock, and the write is lost. */
  readonly foreign: readonly Place[];
  /** Removes the record, which nobody needs any more. */
  readonly cleanUp: () => Promise<void>;
}

/**
 * One attempt at one transaction: its record, its locks, its decision. Each step is a method, to
 * be called in this order: begin, lock, validate, decide, carryOut; or giveUp.
 */
export class Coordinator {
  readonly id: string;
  readonly #parts: CoordinatorParts;
  readonly #locks: SlotLocks;
  readonly #stopBeating = new AbortController();
  #creation = '';
  #chunks = 0;

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.#locks = new SlotLocks(parts);
  }

  /** Creates the record. @throws Conflict */
  async begin(places: readonly Place[], ownerLabel: string): Promise<void> {
    const { gateway, party, home, id, signal } = this.#parts;
    const draft = { ...party, id, places, ownerLabel, fence: party.fence };
    const patience = gateway.patience(`transaction ${id}`, signal);
    let number = 0;
    for (;;) {
      const creation = `${id}/${number}`;
      const result = await gateway.write(createRecord(home, { ...draft, creation }), signal);
      if (result.kind === 'applied') return this.#begun(creation);
      if (result.kind === 'failed') {
        await patience.failure(result.failure);
        continue;
      }
      const item = result.kind === 'refused' ? result.item : await this.#readRecord();
      const record = parseRecord(item);
      // An earlier request of ours arrived after all: its creation counts, not the one just sent.
      if (record?.state === 'pending') return this.#begun(record.creation);
      if (record !== undefined) throw new Conflict(addressOfRecord(home, id), id);
      number += 1;
      if (result.kind === 'unknown') await patience.failure(result.failure);
    }
  }

  /** Locks all slots, each as it was seen. @throws Conflict */
  lock(slots: readonly Slot[]): Promise<void> {
    return this.#locks.placeAll(slots);
  }

  /** Locks items as they are, whatever was seen before, and returns what they are. */
  lockAsFound(accesses: readonly Lockable[]): Promise<readonly Snapshot[]> {
    return this.#locks.placeAllAsFound(accesses);
  }

  /**
   * Looks whether everything that was read is still true. Only after all locks are placed: two
   * transactions that each look first would both see what neither of them has locked yet.
   *
   * @throws Conflict
   */
  async validate(reads: readonly Access[], signal = this.#parts.signal): Promise<void> {
    const { mode, id } = this.#parts;
    if (mode.isNative) return validateTogether({ ...this.#parts, signal }, reads, id);
    // What forgets is looked at by itself and before all others: at that moment everything is true.
    const alone = reads.filter(({ snapshot }) => isForgetful(snapshot));
    for (const read of alone) await this.#validateOne(read, signal);
    const others = reads.filter((read) => !alone.includes(read));
    await inParallel(others, (read, _, inner) => this.#validateOne(read, inner), { signal });
  }

  /** Whether nobody has ended it, so that its locks are still good. @throws Conflict */
  async stopIfEnded(): Promise<void> {
    const { resolver, home, id } = this.#parts;
    const record = await resolver.record(id);
    if (record?.state !== 'pending') throw new Conflict(addressOfRecord(home, id), id);
  }

  /**
   * The one moment at which the transaction happens.
   *
   * @throws Conflict when it certainly did not, OutcomeUnknownError when nobody can tell
   */
  async decide(operations: readonly Operation[]): Promise<void> {
    const { gateway, home, id } = this.#parts;
    const payload = await storePayload(gateway, home, id, payloadOf(operations));
    if ('chunks' in payload) this.#chunks = payload.chunks;
    this.#parts.signal?.throwIfAborted();
    const request = decide(home, id, this.#creation, { payload, attempts: this.#locks.attempts });
    const patience = gateway.patience(`transaction ${id}`);
    let isInDoubt = false;
    for (;;) {
      // From here on nobody's signal counts: a decision that may be under way has to be known.
      const result = await gateway.write(request);
      if (result.kind === 'applied') break;
      if (result.kind === 'unknown') isInDoubt = true;
      if (result.kind === 'failed' && !isInDoubt && !result.failure.retryable) {
        raise(`transaction ${id}`, result.failure);
      }
      const verdict = await this.#readVerdict(isInDoubt);
      if (verdict === 'committed') break;
      if (verdict === 'unknown') throw new OutcomeUnknownError(id);
      if (verdict === 'aborted') throw new Conflict(addressOfRecord(home, id), id);
      if (result.kind === 'refused') continue;
      await patience.failure(result.failure).catch((cause: unknown) => {
        throw isInDoubt ? new OutcomeUnknownError(id, cause) : cause;
      });
    }
    this.#stopBeating.abort();
  }

  async #readVerdict(isInDoubt: boolean): Promise<'committed' | 'aborted' | 'pending' | 'unknown'> {
    const { gateway, home, id } = this.#parts;
    let record: TransactionRecord | undefined;
    try {
      record = parseRecord(await gateway.read(addressOfRecord(home, id)));
    } catch (cause) {
      throw isInDoubt ? new OutcomeUnknownError(id, cause) : cause;
    }
    // A record of that id by another creation came into being after ours was gone.
    if (record === undefined || record.creation !== this.#creation) {
      return isInDoubt ? 'unknown' : 'aborted';
    }
    if (record.state !== 'done') return record.state;
    return record.outcome ?? 'unknown';
  }

  /** Writes what was decided. What fails is left to whoever comes by. */
  async carryOut(operations: readonly Operation[]): Promise<Leftovers> {
    const { gateway, home, id } = this.#parts;
    const unapplied: Place[] = [];
    const foreign: Place[] = [];
    await inParallel(this.#locks.all(), async ({ place, lock }) => {
      const operation = operations[lock.number];
      invariant(operation !== undefined, 'there is an operation for every lock');
      const applied = await gateway.insist(apply(place, lock, operation));
      if (applied.kind === 'failed') unapplied.push(place);
      if (applied.kind === 'refused' && isForeign(applied.item, operation, lock)) {
        foreign.push(place);
      }
    });
    const cleanUp = async () => {
      // Only now: without its record a lock that is left would be taken for that of a failure.
      if (unapplied.length > 0) return;
      await gateway.insist(removeRecord(home, id, 'committed'));
      await removeChunks(gateway, home, id, this.#chunks);
    };
    return { unapplied, foreign, cleanUp };
  }

  /**
   * Ends the transaction without an effect, and takes its locks away. What fails is left to whoever
   * comes by. Never throws.
   */
  async giveUp(): Promise<void> {
    const { gateway, home, id } = this.#parts;
    this.#stopBeating.abort();
    if (this.#creation === '') return;
    // Nobody else decides it, so its locks are dead even where this write does not get through.
    await gateway.insist(abort(home, id));
    let left = 0;
    await inParallel(this.#locks.all(), async ({ place, lock }) => {
      const removed = await gateway.insist(unlock(place, lock));
      if (removed.kind === 'failed') left += 1;
    });
    if (left > 0) return;
    await gateway.insist(removeRecord(home, id, 'aborted'));
    await removeChunks(gateway, home, id, this.#chunks);
  }

  /** For when nobody can say how it ended: others will find out. */
  abandon(): void {
    this.#stopBeating.abort();
  }

  #begun(creation: string): void {
    this.#creation = creation;
    void this.#keepBeating(creation);
  }

  /** Shows others that a long commit goes on. A beat that is missed costs nothing but time. */
  async #keepBeating(creation: string): Promise<void> {
    const { gateway, home, id, orphanMs } = this.#parts;
    const { signal } = this.#stopBeating;
    for (let number = 1; ; number += 1) {
      await sleep(gateway.runtime.clock, orphanMs / 3, signal, { keepsProcessAlive: false });
      if (signal.aborted) return;
      const result = await gateway.write(beat(home, id, creation, number));
      if (result.kind === 'refused') return;
    }
  }

  async #validateOne(read: Access, signal: AbortSignal | undefined): Promise<void> {
    const { resolver, party, id } = this.#parts;
    const now = await resolver.lookForSure(read.place, party, id, signal);
    if (!isSame(now, read.snapshot)) throw new Conflict(read.place);
  }

  #readRecord(): Promise<Attributes | undefined> {
    return this.#parts.gateway.read(addressOfRecord(this.#parts.home, this.id));
  }
}

/**
 * Whether the item shows that a program outside has overwritten our lock: it has neither the lock
 * nor a version of a transaction after ours. A lock that is gone may also mean that somebody has
 * carried out our decision for us, and then later transactions may have gone on from there.
 */
function isForeign(item: Attributes | undefined, operation: Operation, lock: ItemLock): boolean {
  if (item === undefined || !('previous' in operation)) return false;
  // Deleted by a later transaction, and locked by another one since.
  if (lockOf(item)?.isStub === true) return false;
  // A locked item forgets versions, and can only have been written after our lock had gone.
  const seen = operation.kind === 'put' ? operation.image : {};
  if (isWrittenByHold(item, seen)) return false;
  const version = versionOf(item);
  if (version === versionFor(lock.id, lock.number)) return false;
  return version === undefined || version === operation.previous;
}
