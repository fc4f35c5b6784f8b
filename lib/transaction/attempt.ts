import { invariant } from '../core/invariant.ts';
import { conditionOfGuard } from '../lease/fencing.ts';
import { attributesBytes } from '../store/attribute.ts';
import { evaluateCondition } from '../store/evaluate.ts';
import { ITEM_BYTES_MAX } from '../store/item-size.ts';
import { NATIVE_ITEMS_MAX, type RowCheck } from '../store/item-transaction.ts';
import { Coordinator, type Leftovers } from './coordinator.ts';
import type { Draft } from './draft.ts';
import { Conflict, FenceLostError, ItemTooLargeError, OutcomeUnknownError } from './errors.ts';
import { type Gateway, raise } from './gateway.ts';
import type { ModeAgreement } from './mode.ts';
import { NativeCommit } from './native-commit.ts';
import { planNative } from './native-plan.ts';
import { writeAtOnce } from './one-write.ts';
import { imageAfter, type Place } from './operation.ts';
import type { Fence, TransactOptions } from './options.ts';
import { type Access, inOrder, keep, operationOf, planCommit, type Slot } from './plan.ts';
import type { RangeRead, RangeReader } from './range.ts';
import { payloadOf, type RecordHome, textOfPlaces } from './record.ts';
import type { Party, Resolver } from './resolver.ts';
import { slotOfFence, withFence, withFenceLocked } from './strict-fence.ts';

/** What all attempts of an instance share. */
export interface Engine {
  readonly gateway: Gateway;
  readonly resolver: Resolver;
  readonly ranges: RangeReader;
  readonly home: RecordHome;
  readonly orphanMs: number;
  readonly mode: ModeAgreement;
  readonly partitionKeyOf: (table: string) => string;
}

export interface AttemptOptions {
  readonly id: string;
  readonly party: Party;
  readonly fence: Fence | undefined;
  readonly prefer: TransactOptions['prefer'];
  /** Whether the row of the fence is locked, and not only looked at. */
  readonly isStrict: boolean;
  readonly signal: AbortSignal | undefined;
}

/** How a decided transaction goes on: what is still to be written, and what came of it. */
export type CarryingOut = () => Promise<Leftovers>;

const NOTHING_LEFT: Leftovers = { unapplied: [], foreign: [], cleanUp: async () => {} };

/** Room for what a transaction adds to an item. */
const OVERHEAD_BYTES = 200;
/** Room for the list of items in the record. */
const PLACES_BYTES_MAX = 100 * 1_024;
const PAYLOAD_BYTES_MAX = 16 * 1_024 * 1_024;

/**
 * One attempt at one transaction. `Conflict` means that it certainly did not happen, and may be
 * tried again; nothing of it is left behind then that others would have to wait for.
 */
export class Attempt {
  readonly #engine: Engine;
  readonly #options: AttemptOptions;
  readonly #coordinator: Coordinator;
  /** Items that are locked before the function runs, by their names, in their order. */
  #locked: readonly string[] | undefined;
  /** The lock on the row of a strict fence. */
  readonly #fenceSlot: Slot | undefined;

  constructor(engine: Engine, options: AttemptOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#coordinator = new Coordinator({ ...engine, ...options });
    const { fence, isStrict } = options;
    this.#fenceSlot = fence && isStrict ? slotOfFence(engine.home, fence) : undefined;
  }

  /**
   * Locks items before the function runs and reads them under the lock. For a transaction that has
   * failed often: by then it is older than most, and what it holds nobody can change any more.
   *
   * @throws Conflict
   */
  async lockFirst(accesses: readonly Access[]): Promise<readonly Access[]> {
    const own = inOrder(accesses.map(keep));
    const slots = withFence(own, this.#fenceSlot);
    this.#locked = own.map(({ name }) => name);
    await this.#begin(slots);
    const snapshots = await this.#coordinator.lockAsFound(slots);
    const found = slots.map((slot, number) => ({
      ...slot,
      snapshot: snapshots[number] ?? slot.snapshot,
    }));
    return found.filter(({ name }) => this.#locked?.includes(name));
  }

  /** Whether everything that was read is still true; nothing is written. @throws Conflict */
  async validate(reads: readonly Access[], range: RangeRead | undefined): Promise<void> {
    const { party, id, signal } = this.#options;
    if (reads.length === 0 && range === undefined) return;
    await this.#engine.mode.ensure();
    const isLocked = new Set(this.#locked);
    if (range !== undefined) await this.#engine.ranges.validate(range, party, id, signal);
    await this.#coordinator.validate(reads.filter(({ name }) => !isLocked.has(name)));
    // An older transaction may have ended this one: then its locks have held nothing since.
    if (this.#locked !== undefined) await this.#coordinator.stopIfEnded();
  }

  /** What a transaction writes must have room, and that is found out before anything is locked. */
  checkSizes(accesses: readonly Access[]): void {
    for (const access of accesses) {
      const operation = operationOf(access);
      if (operation === undefined) continue;
      const image = imageAfter(operation, access.snapshot.image);
      const bytes = attributesBytes(image) + OVERHEAD_BYTES;
      if (bytes > ITEM_BYTES_MAX) {
        throw new ItemTooLargeError(`item ${access.name}`, bytes, ITEM_BYTES_MAX);
      }
    }
    const placesBytes = Buffer.byteLength(textOfPlaces(accesses.map(({ place }) => place)));
    if (placesBytes > PLACES_BYTES_MAX) {
      throw new ItemTooLargeError('the keys of its items', placesBytes, PLACES_BYTES_MAX);
    }
    const operations = accesses.flatMap((access) => operationOf(access) ?? []);
    const payloadBytes = Buffer.byteLength(payloadOf(operations));
    if (payloadBytes > PAYLOAD_BYTES_MAX) {
      throw new ItemTooLargeError('what it writes', payloadBytes, PAYLOAD_BYTES_MAX);
    }
  }

  /**
   * Commits what the function has come to. What is returned carries out what has been decided, and
   * must be called.
   *
   * @throws Conflict, FenceLostError, OutcomeUnknownError, HoldfastError
   */
  async commit({ accesses, range, isOfOneMoment }: Draft): Promise<CarryingOut> {
    const { mode } = this.#engine;
    await mode.ensure();
    if (this.#locked !== undefined) return this.#commitLocked(accesses, range, this.#locked);
    const { fence } = this.#options;
    if (isOfOneMoment && fence === undefined) return nothingLeft;
    const unfenced = planCommit(accesses, {
      isGuarded: fence !== undefined || range !== undefined,
      hasQuery: range !== undefined,
      atOnceMax: mode.isNative ? NATIVE_ITEMS_MAX : 0,
    });
    const plan = withFenceLocked(unfenced, this.#fenceSlot);
    switch (plan.kind) {
      case 'nothing':
        return nothingLeft;
      case 'validate':
        await this.validate(plan.reads, range);
        await this.#checkFence();
        return nothingLeft;
      case 'one-write':
        await writeAtOnce({ ...this.#engine, ...this.#options }, plan.slot, plan.version);
        return nothingLeft;
      case 'locks':
        if (mode.isNative && (await this.#commitNatively(accesses))) return nothingLeft;
        await this.#begin(plan.slots);
        await this.#coordinator.lock(plan.slots);
        return this.#decide(plan.slots, plan.reads, range);
    }
  }

  /** Commits by one native request. False: it can't be one, and nothing happened. */
  async #commitNatively(accesses: readonly Access[]): Promise<boolean> {
    const { partitionKeyOf } = this.#engine;
    const { id, prefer, fence: hold } = this.#options;
    const fence = hold && rowCheckOf(hold);
    const plan = planNative(accesses, { id, prefer, partitionKeyOf, fence });
    if (!plan?.items.some(({ isWritten }) => isWritten)) return false;
    await new NativeCommit({ ...this.#engine, ...this.#options }, plan).run();
    return true;
  }

  /** Ends an attempt that has failed, and takes its locks away. Never throws. */
  async giveUp(cause: unknown): Promise<void> {
    // What nobody knows the end of is not ours to take back: it may be committed.
    if (cause instanceof OutcomeUnknownError) this.#coordinator.abandon();
    else await this.#coordinator.giveUp().catch(() => this.#coordinator.abandon());
  }

  async #commitLocked(
    accesses: readonly Access[],
    range: RangeRead | undefined,
    locked: readonly string[],
  ): Promise<CarryingOut> {
    const byName = new Map(accesses.map((access) => [access.name, access]));
    const others = accesses.filter(({ name }) => !locked.includes(name));
    // It has gone another way than the last time.
    const surprise = others.find(
      (access) => operationOf(access) !== undefined || access.snapshot.version === undefined,
    );
    if (surprise !== undefined) {
      const conflict = new Conflict(surprise.place);
      conflict.isSurprise = true;
      throw conflict;
    }
    const slots = locked.map((name) => {
      const access = byName.get(name);
      invariant(access !== undefined, 'what is locked first has been read');
      const operation = operationOf(access);
      return operation === undefined ? keep(access) : { ...access, operation };
    });
    return this.#decide(withFence(slots, this.#fenceSlot), others, range);
  }

  async #decide(
    slots: readonly Slot[],
    reads: readonly Access[],
    range: RangeRead | undefined,
  ): Promise<CarryingOut> {
    const { party, id, signal } = this.#options;
    // What forgets comes first: a range, or the one such read that is not locked.
    if (range !== undefined) await this.#engine.ranges.validate(range, party, id, signal);
    await this.#coordinator.validate(reads);
    await this.#checkFence();
    const operations = slots.map(({ operation }) => operation);
    await this.#coordinator.decide(operations);
    return () => this.#coordinator.carryOut(operations);
  }

  async #begin(slots: readonly { readonly place: Place }[]): Promise<void> {
    const { label } = this.#engine.gateway.runtime;
    await this.#coordinator.begin(
      slots.map(({ place }) => place),
      label,
    );
  }

  /** After all locks: whoever is granted the row later finds them. */
  async #checkFence(): Promise<void> {
    const { fence, signal } = this.#options;
    // Under its lock nobody can have ended the hold.
    if (fence === undefined || this.#fenceSlot !== undefined) return;
    const { store } = this.#engine.gateway.runtime;
    const guard = fence.guard();
    const { Key: key } = guard.ConditionCheck;
    const condition = conditionOfGuard(guard);
    const patience = this.#engine.gateway.patience(`the row of ${key.pk}`, signal);
    for (;;) {
      const result = await store.get({ key, consistent: true }, { signal });
      if (result.kind === 'failed') {
        signal?.throwIfAborted();
        if (!result.failure.retryable) raise(`the row of ${key.pk}`, result.failure);
        await patience.failure(result.failure);
        continue;
      }
      const row = result.kind === 'found' ? result.item : undefined;
      if (condition !== undefined && evaluateCondition(condition, row)) return;
      throw new FenceLostError(key.pk);
    }
  }
}

/** That the hold is still the caller's, as part of a native request: strict by itself. */
function rowCheckOf(fence: Fence): RowCheck {
  const guard = fence.guard();
  const { TableName: table, Key: key } = guard.ConditionCheck;
  const condition = conditionOfGuard(guard);
  if (condition === undefined) throw new FenceLostError(key.pk);
  return { kind: 'row-check', table, key: { pk: key.pk, sk: key.sk }, condition };
}

async function nothingLeft(): Promise<Leftovers> {
  return NOTHING_LEFT;
}
