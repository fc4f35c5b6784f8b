import { sleep } from '../core/clock.ts';
import { PARTITION_KEY, SORT_KEY } from '../store/schema.ts';
import { recordKey } from '../store/transaction-schema.ts';
import { Conflict } from './errors.ts';
import { type Gateway, raise } from './gateway.ts';
import { type ItemLock, lockOf, type Snapshot, snapshotOf, versionFor } from './lock.ts';
import { apply, imageAfter, type Operation, type Place, unlock } from './operation.ts';
import {
  abort,
  addressOfRecord,
  attemptOf,
  type FenceMark,
  isOlder,
  operationsOf,
  parseRecord,
  type RecordHome,
  type Seniority,
  type TransactionRecord,
} from './record.ts';

/** Who meets a lock: a transaction with its age, and the hold that it acts under. */
export interface Party extends Seniority {
  readonly fence?: FenceMark | undefined;
}

/** What became of a lock that somebody met. */
export type Settled =
  /** It is out of the way, or was already: the item has to be read again. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'pending'; readonly record: TransactionRecord }
  /** Decided, and its write can't be carried out for now: this is what was committed. */
  | { readonly kind: 'decided'; readonly snapshot: Snapshot };

/** How long an older transaction lets a younger one go on, before it ends it. */
const GRACE_MS = 15;
/** How often a younger one looks whether the older has ended. */
const POLL_MS = { from: 5, to: 25 };
/** How long a reader waits for a decision before it goes on with what was there before. */
const READ_WAIT_MS = 40;
/** For how many orphan times a younger one waits before it begins anew. */
const WAITS_MAX = 3;

/** Reads items, and sees to the locks of others that it meets: finishes, removes, or waits. */
export class Resolver {
  readonly #gateway: Gateway;
  readonly #home: RecordHome;
  readonly #orphanMs: number;
  #decided: { readonly id: string; readonly operations: readonly Operation[] } | undefined;

  constructor(gateway: Gateway, home: RecordHome, orphanMs: number) {
    this.#gateway = gateway;
    this.#home = home;
    this.#orphanMs = orphanMs;
  }

  /**
   * What is committed under the key. Under a lock that is not decided yet, what was there before,
   * marked as pending: only a later validation can make a read of it safe.
   */
  async look(place: Place, signal: AbortSignal | undefined): Promise<Snapshot> {
    const { clock } = this.#gateway.runtime;
    const waitUntilMs = clock.monotonicMs() + READ_WAIT_MS;
    for (;;) {
      const item = await this.#gateway.read(place, signal);
      const lock = lockOf(item);
      if (lock === undefined) return snapshotOf(item);
      const settled = await this.settle(place, lock);
      if (settled.kind === 'decided') return settled.snapshot;
      if (settled.kind === 'gone') continue;
      if (clock.monotonicMs() >= waitUntilMs) return snapshotOf(item);
      await this.#pause(signal);
    }
  }

  /**
   * What is committed, for sure: a lock that is not decided is a conflict, which the right of way
   * resolves. Locks of `ownId` count as none.
   *
   * @throws Conflict
   */
  async lookForSure(
    place: Place,
    party: Party,
    ownId: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Snapshot> {
    for (;;) {
      const item = await this.#gateway.read(place, signal);
      const lock = lockOf(item);
      if (lock === undefined || lock.id === ownId) return snapshotOf(item);
      const snapshot = await this.clear(place, lock, party, signal);
      if (snapshot !== undefined) return snapshot;
    }
  }

  /**
   * Gets a lock out of the way. Returns what was committed where it has to stay although it is
   * decided.
   *
   * @throws Conflict
   */
  async clear(
    place: Place,
    lock: ItemLock,
    party: Party,
    signal: AbortSignal | undefined,
  ): Promise<Snapshot | undefined> {
    const settled = await this.settle(place, lock);
    if (settled.kind === 'pending') await this.#contend(place, settled.record, party, signal);
    return settled.kind === 'decided' ? settled.snapshot : undefined;
  }

  /**
   * Gets a lock out of the way of another one. A lock that is dead may be replaced where it stands,
   * before anybody else gets in between; then the answer is true.
   *
   * @throws Conflict
   */
  async yields(
    place: Place,
    lock: ItemLock,
    party: Party,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const settled = await this.#inspect(place, lock);
    if (settled.kind !== 'pending') return settled.kind === 'dead';
    return this.#contend(place, settled.record, party, signal);
  }

  /** Finishes or removes what a lock stands for, as far as its transaction is decided. */
  async settle(place: Place, lock: ItemLock): Promise<Settled> {
    const found = await this.#inspect(place, lock);
    return found.kind === 'dead' ? this.#remove(place, lock) : found;
  }

  async #inspect(place: Place, lock: ItemLock): Promise<Settled | { readonly kind: 'dead' }> {
    const record = await this.record(lock.id);
    // Without a record nothing can be said of the item as it was read: its lock may have been
    // followed by a whole life of the item since. So it is read again, whatever happens here.
    if (record === undefined || record.state === 'done' || record.state === 'aborted') {
      return { kind: 'dead' };
    }
    if (record.state === 'pending') return { kind: 'pending', record };
    // A late duplicate of an attempt at the lock that did not count: not what was decided about.
    if (lock.attempt !== attemptOf(record, lock.number)) return { kind: 'dead' };
    const operations = await this.operations(record);
    const operation = operations?.[lock.number];
    if (operation === undefined) return { kind: 'gone' };
    const applied = await this.#gateway.insist(apply(place, lock, operation));
    if (applied.kind !== 'failed') return { kind: 'gone' };
    return this.#foresee(place, lock, operation);
  }

  async record(id: string): Promise<TransactionRecord | undefined> {
    return parseRecord(await this.#gateway.read(addressOfRecord(this.#home, id)));
  }

  /** What a decided transaction does; `undefined` when it has been carried out since. */
  async operations(record: TransactionRecord): Promise<readonly Operation[] | undefined> {
    // A decision never changes, and who meets one of its locks often meets the next.
    if (this.#decided?.id === record.id) return this.#decided.operations;
    const payload = record.payload ?? (await this.#chunks(record));
    if (payload === undefined) return undefined;
    const operations = operationsOf(payload);
    this.#decided = { id: record.id, operations };
    return operations;
  }

  async #chunks(record: TransactionRecord): Promise<string | undefined> {
    const { pk } = recordKey(this.#home.namespace, record.id);
    const { items } = await this.#gateway.query({
      table: this.#home.table,
      partition: [PARTITION_KEY, { S: pk }],
      sort: { name: SORT_KEY, prefix: { S: `${record.id}#` } },
    });
    if (items.length < record.chunks) return undefined;
    const parts = items.map((item) => item.payload).map((part) => part as { readonly S: string });
    return parts.map(({ S }) => S).join('');
  }

  /** Ends a transaction that is not decided. Returns whether it was this that ended it. */
  async abort(id: string): Promise<boolean> {
    return (await this.#gateway.insist(abort(this.#home, id))).kind === 'applied';
  }

  async #remove(place: Place, lock: ItemLock): Promise<Settled> {
    const removed = await this.#gateway.insist(unlock(place, lock));
    if (removed.kind === 'failed') raise('removing a dead lock', removed.failure);
    return { kind: 'gone' };
  }

  /** What is committed although it can't be written: readers must not wait for a repair. */
  async #foresee(place: Place, lock: ItemLock, operation: Operation): Promise<Settled> {
    const item = await this.#gateway.read(place);
    const found = lockOf(item);
    if (found?.id !== lock.id || found.number !== lock.number) return { kind: 'gone' };
    const before = snapshotOf(item);
    const image = imageAfter(operation, before.image);
    const isUnversioned = operation.kind === 'keep' || operation.kind === 'amend';
    const given = isUnversioned ? before.version : versionFor(lock.id, lock.number);
    const version = image === undefined ? undefined : given;
    return { kind: 'decided', snapshot: { image, version, isPending: false } };
  }

  /**
   * Two transactions want one item. The older goes on: after a short grace it ends the younger. The
   * younger waits, unless the older shows no sign of life. Waits go from young to old only, so
   * they never form a circle, and the oldest of all gets through.
   */
  async #contend(
    place: Place,
    rival: TransactionRecord,
    party: Party,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (isSupersededBy(rival.fence, party.fence)) return this.abort(rival.id);
    if (isOlder(party, rival)) {
      await sleep(this.#gateway.runtime.clock, GRACE_MS, signal);
      signal?.throwIfAborted();
      return this.abort(rival.id);
    }
    return this.#outwait(place, rival, signal);
  }

  async #outwait(
    place: Place,
    rival: TransactionRecord,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { clock } = this.#gateway.runtime;
    const sinceMs = clock.monotonicMs();
    let { heartbeat } = rival;
    let silentSinceMs = sinceMs;
    for (;;) {
      await this.#pause(signal);
      signal?.throwIfAborted();
      const record = await this.record(rival.id);
      if (record?.state !== 'pending') return record?.state === 'aborted';
      const nowMs = clock.monotonicMs();
      if (record.heartbeat !== heartbeat) silentSinceMs = nowMs;
      heartbeat = record.heartbeat;
      if (nowMs - silentSinceMs >= this.#orphanMs) return this.abort(rival.id);
      if (nowMs - sinceMs >= WAITS_MAX * this.#orphanMs) throw new Conflict(place, rival.id);
    }
  }

  #pause(signal: AbortSignal | undefined): Promise<void> {
    const { clock, random } = this.#gateway.runtime;
    const span = POLL_MS.to - POLL_MS.from;
    return sleep(clock, POLL_MS.from + random.fraction() * span, signal);
  }
}

/** Whether the party acts under a later grant of the same hold: then the rival's is over. */
function isSupersededBy(rival: FenceMark | undefined, party: FenceMark | undefined): boolean {
  if (rival === undefined || party === undefined) return false;
  return rival.row === party.row && rival.token < party.token;
}
