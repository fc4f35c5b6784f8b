import { type Attributes, sameAttributes } from '../../../lib/store/attribute.ts';
import type {
  ItemAddress,
  ItemStore,
  ItemWrite,
  ItemWriteResult,
} from '../../../lib/store/item-store.ts';
import type { MemoryItemStore } from '../../../lib/store/memory-item-store.ts';
import { keyOfRow } from '../../../lib/store/row-items.ts';
import { lockOf, previousOf, snapshotOf, versionOf } from '../../../lib/transaction/lock.ts';
import { placeName } from '../../../lib/transaction/operation.ts';
import {
  addressOfRecord,
  attemptOf,
  nameOfRow,
  parseRecord,
  placesOf,
  type RecordHome,
  type TransactionRecord,
  ttlOf,
} from '../../../lib/transaction/record.ts';

/** From which state of a record to which a write may lead. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  'no record': ['pending'],
  pending: ['pending', 'committed', 'aborted'],
  committed: ['committed', 'done', 'no record'],
  aborted: ['done', 'no record'],
  done: ['no record'],
};

/**
 * Stands in front of the tables and checks, write by write, what must hold whatever the clients do.
 * The numbers are those of the invariants in `docs/transactions.md`.
 */
export class WatchedTables implements ItemStore {
  readonly broken: string[] = [];
  /** Writes that took effect. */
  applied = 0;
  readonly #memory: MemoryItemStore;
  readonly #home: RecordHome;
  readonly #versions = new Map<string, string>();
  /** Ids of committed transactions. */
  readonly committed = new Set<string>();

  constructor(memory: MemoryItemStore, home: RecordHome) {
    this.#memory = memory;
    this.#home = home;
  }

  get(...parameters: Parameters<ItemStore['get']>): ReturnType<ItemStore['get']> {
    return this.#memory.get(...parameters);
  }

  query(...parameters: Parameters<ItemStore['query']>): ReturnType<ItemStore['query']> {
    return this.#memory.query(...parameters);
  }

  transactGet(...of: Parameters<ItemStore['transactGet']>): ReturnType<ItemStore['transactGet']> {
    return this.#memory.transactGet(...of);
  }

  /** Its items are checked one by one, when each is committed: see {@link commit}. */
  transactWrite(
    ...of: Parameters<ItemStore['transactWrite']>
  ): ReturnType<ItemStore['transactWrite']> {
    return this.#memory.transactWrite(...of);
  }

  /** Commits one item of a native transaction. */
  commit(address: ItemAddress, commit: () => void): void {
    const before = this.#memory.peek(address);
    commit();
    const after = this.#memory.peek(address);
    if (after !== before) this.applied += 1;
    this.#checkItem(address, before, after);
  }

  async write(request: ItemWrite): Promise<ItemWriteResult> {
    const before = this.#memory.peek(request);
    const pending = this.#memory.write(request);
    const after = this.#memory.peek(request);
    const settled = await pending;
    if (settled.kind !== 'applied') return settled;
    this.applied += 1;
    const isRecord = request.table === this.#home.table && isOfRecord(before, after);
    if (isRecord) this.#checkRecord(before, after);
    else this.#checkItem(request, before, after);
    return settled;
  }

  #checkRecord(before: Attributes | undefined, after: Attributes | undefined): void {
    const [from, to] = [parseRecord(before), parseRecord(after)];
    const [fromState, toState] = [from?.state ?? 'no record', to?.state ?? 'no record'];
    if (!STEPS[fromState]?.includes(toState)) this.#break('I1', `${fromState} to ${toState}`);
    if (after !== undefined && toState !== 'done' && ttlOf(after) !== undefined) {
      this.#break('I11', `a ${toState} record with a ttl`);
    }
    if (to === undefined || from?.state === 'committed' || toState !== 'committed') return;
    if (this.committed.has(to.id)) this.#break('I1', `${to.id} is committed twice`);
    this.committed.add(to.id);
    for (const [number, place] of placesOf(to).entries()) {
      const lock = lockOf(this.#memory.peek(place));
      const isHeld = lock?.id === to.id && lock.number === number;
      if (!isHeld || lock.attempt !== attemptOf(to, number)) {
        this.#break('I2', `${to.id} is committed without its lock on ${placeName(place)}`);
      }
    }
    this.#checkFence(to);
  }

  /** A fence is strict when its row is among what is locked. */
  #checkFence(record: TransactionRecord): void {
    const { id, fence } = record;
    const row = placesOf(record).find(({ table, key }) => {
      return table === this.#home.table && nameOfRow(keyOfRow(key)) === fence?.row;
    });
    if (row === undefined || fence === undefined) return;
    const token = this.#memory.peek(row)?.token;
    if (token !== undefined && 'N' in token && Number(token.N) === fence.token) return;
    this.#break('I15', `${id} is committed under ${fence.row}, which is not its own any more`);
  }

  #checkItem(
    request: ItemAddress,
    before: Attributes | undefined,
    after: Attributes | undefined,
  ): void {
    const name = placeName(request);
    const lock = lockOf(before);
    const [was, is] = [snapshotOf(before), snapshotOf(after)];
    const isChanged = was.version !== is.version || !sameAttributes(was.image, is.image);
    if (lock !== undefined && isChanged) {
      const record = parseRecord(this.#memory.peek(addressOfRecord(this.#home, lock.id)));
      if (record?.state !== 'committed') {
        this.#break('I3', `${name} changed under the lock of ${lock.id}, ${record?.state}`);
      }
    }
    const version = versionOf(after);
    if (version === undefined || version === was.version) return;
    const writer = this.#versions.get(version);
    if (writer !== undefined) this.#break('I4', `${name} is given ${version} again`);
    this.#versions.set(version, name);
    if (was.version !== undefined && previousOf(after) !== was.version) {
      this.#break('I6', `${name} forgets the version before ${version}`);
    }
  }

  #break(invariant: string, what: string): void {
    this.broken.push(`${invariant}: ${what}`);
  }
}

function isOfRecord(before: Attributes | undefined, after: Attributes | undefined): boolean {
  return [before, after].some((item) => parseRecord(item) !== undefined);
}
