import { HoldfastError, InvalidArgumentError } from '../errors.ts';
import type { Attribute, Attributes } from '../store/attribute.ts';
import type { ItemQuery } from '../store/item-store.ts';
import { NATIVE_ITEMS_MAX } from '../store/item-transaction.ts';
import { attributesOfRow, rowOfAttributes } from '../store/row-attributes.ts';
import { shareRows } from '../store/row-transaction.ts';
import type { Item, Key, ValueMap } from '../store/value.ts';
import { type Draft, isUnfounded } from './draft.ts';
import { CheckFailedError } from './errors.ts';
import type { Gateway } from './gateway.ts';
import { withoutHold } from './hold-attributes.ts';
import type { Snapshot } from './lock.ts';
import type { ModeAgreement, TransactionMode } from './mode.ts';
import { lookTogether } from './native-read.ts';
import { type Place, placeName } from './operation.ts';
import { type PlainItem, plainOf } from './plain.ts';
import type { Access, Intent } from './plan.ts';
import { type Range, type RangeRead, type RangeReader, sortRangeOf } from './range.ts';
import type { Party, Resolver } from './resolver.ts';
import { keyAttribute, type Tables } from './tables.ts';

/** What an update changes: whole attributes at the top level of an item. */
export interface Changes {
  readonly set?: PlainItem | undefined;
  readonly remove?: readonly string[] | undefined;
}

export interface TransactionParts {
  readonly id: string;
  readonly attempt: number;
  readonly tables: Tables;
  readonly gateway: Gateway;
  readonly resolver: Resolver;
  readonly ranges: RangeReader;
  readonly agreement: ModeAgreement;
  readonly mode: TransactionMode;
  readonly party: Party;
  readonly signal: AbortSignal | undefined;
}

/**
 * What the function of a transaction works with. Reads show what is committed, and what the
 * transaction itself has written; writes are kept back until the function returns. What it read
 * is true when it commits, or it is run again: so it may meet a state that never was, and anything
 * it throws because of that is forgotten.
 */
export class Transaction {
  /** Of this attempt. */
  readonly id: string;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  readonly #parts: TransactionParts;
  readonly #reads = new Map<string, { readonly place: Place; readonly snapshot: Snapshot }>();
  readonly #writes = new Map<string, { readonly place: Place; readonly intent: Intent }>();
  readonly #afterCommit: (() => void)[] = [];
  #range: RangeRead | undefined;
  #isOver = false;
  /** How many items were read at one moment, before all others. */
  #ofOneMoment = 0;

  constructor(parts: TransactionParts) {
    this.id = parts.id;
    this.attempt = parts.attempt;
    this.#parts = parts;
    const amend = this.#amend.bind(this);
    shareRows(this, { ...parts.tables.home, amend });
  }

  /**
   * The item, or `undefined`. One request; none for an item that was read or written before.
   *
   * @throws InvalidArgumentError, `store-unavailable`, `table-missing`, `access-denied`
   */
  async get(table: string, key: PlainItem): Promise<PlainItem | undefined> {
    this.#throwIfOver();
    const place = this.#parts.tables.place(table, key);
    const write = this.#writes.get(placeName(place))?.intent;
    if (write?.kind === 'put') return plainOf(write.image);
    if (write?.kind === 'delete') return undefined;
    const image = withoutHold((await this.#snapshot(place)).image);
    if (write === undefined) return image && plainOf(image);
    const changed = { ...(image ?? place.key), ...write.set };
    for (const name of write.remove) delete changed[name];
    return plainOf(changed);
  }

  /** Several items at once, in the order in which they were asked for. @throws as {@link get} */
  getAll(
    keys: readonly (readonly [table: string, key: PlainItem])[],
  ): Promise<(PlainItem | undefined)[]> {
    return Promise.all(keys.map(([table, key]) => this.get(table, key)));
  }

  /**
   * The same as of one moment, where the mode is `mixed` and these are the first reads: one request
   * and 2 units for each item. A transaction of nothing else has nothing left to validate. More
   * than 100 items, and all other cases, are as {@link getAll}.
   *
   * @throws as {@link get}
   */
  async getAllAtOnce(
    keys: readonly (readonly [table: string, key: PlainItem])[],
  ): Promise<(PlainItem | undefined)[]> {
    this.#throwIfOver();
    const { agreement, tables, mode } = this.#parts;
    if (mode === 'mixed') await agreement.ensure();
    const places = keys.map(([table, key]) => tables.place(table, key));
    const all = [...new Map(places.map((place) => [placeName(place), place])).values()];
    const isOne = this.#reads.size === 0 && all.length > 0 && all.length <= NATIVE_ITEMS_MAX;
    if (!agreement.isNative || !isOne) return this.getAll(keys);
    const snapshots = await lookTogether(this.#parts, all);
    for (const [index, snapshot] of snapshots.entries()) {
      const place = all[index];
      if (place !== undefined) this.seed(place, snapshot);
    }
    this.#ofOneMoment = all.length;
    return this.getAll(keys);
  }

  /** Writes the whole item, whether there is one or not. @throws InvalidArgumentError */
  put(table: string, item: PlainItem): void {
    this.#throwIfOver();
    this.#parts.tables.checkWhole(table);
    const { place, image } = this.#parts.tables.item(table, item);
    this.#write(place, { kind: 'put', image });
  }

  /** Writes an item that must not exist. @throws CheckFailedError, and as {@link get} */
  async insert(table: string, item: PlainItem): Promise<void> {
    this.#throwIfOver();
    this.#parts.tables.checkWhole(table);
    const { place, image } = this.#parts.tables.item(table, item);
    const isThere = (await this.get(table, plainOf(place.key))) !== undefined;
    if (isThere) throw new CheckFailedError(place, 'it exists already');
    this.#write(place, { kind: 'put', image });
  }

  /**
   * Changes some attributes and leaves the others as they are. An item that does not exist comes
   * into being with them. In a row of the library's own table, which must exist, attributes that
   * the library has no name for can be changed; or the transaction ends with CheckFailedError.
   *
   * @throws InvalidArgumentError
   */
  update(table: string, key: PlainItem, { set = {}, remove = [] }: Changes): void {
    this.#throwIfOver();
    const { tables } = this.#parts;
    const place = tables.place(table, key);
    this.#change(place, tables.changes(table, set, remove), remove);
  }

  #change(place: Place, attributes: Attributes, remove: readonly string[]): void {
    const before = this.#writes.get(placeName(place))?.intent;
    if (before?.kind === 'put') {
      const image: Record<string, Attribute> = { ...before.image, ...attributes };
      for (const name of remove) delete image[name];
      this.#write(place, { kind: 'put', image });
    } else if (before?.kind === 'delete') {
      this.#write(place, { kind: 'put', image: { ...place.key, ...attributes } });
    } else {
      const earlier: Record<string, Attribute> = { ...before?.set };
      for (const name of remove) delete earlier[name];
      const gone = new Set([...(before?.remove ?? []), ...remove]);
      for (const name of Object.keys(attributes)) gone.delete(name);
      const merged = { ...earlier, ...attributes };
      const kind = this.#parts.tables.isOwn(place.table) ? 'amend' : 'patch';
      this.#write(place, { kind, set: merged, remove: [...gone] });
    }
  }

  /** Deletes the item, if there is one. @throws InvalidArgumentError */
  delete(table: string, key: PlainItem): void {
    this.#throwIfOver();
    this.#parts.tables.checkWhole(table);
    this.#write(this.#parts.tables.place(table, key), { kind: 'delete' });
  }

  /**
   * Makes the transaction depend on a statement about an item.
   *
   * @throws CheckFailedError, and as {@link get}
   */
  async check(
    table: string,
    key: PlainItem,
    holds: (item: PlainItem | undefined) => boolean,
    statement = 'what the transaction rests on does not hold',
  ): Promise<void> {
    if (holds(await this.get(table, key))) return;
    throw new CheckFailedError(this.#parts.tables.place(table, key), statement);
  }

  /**
   * All items of a range of one partition of a table. No item can come into the range, leave it or
   * change in it before the transaction commits. Once in a transaction, before it writes to that
   * table, and for a range of 1 MB at most: more could not be made safe. Indexes can't either: what
   * they show is older than what is committed, so they cannot be named here.
   *
   * @throws InvalidArgumentError, and as {@link get}
   */
  async query(table: string, range: Range): Promise<readonly PlainItem[]> {
    this.#throwIfOver();
    if (this.#parts.mode === 'mixed') {
      // A query shows half of what a native request writes, and nothing of what it inserts.
      throw new InvalidArgumentError('query', "transactions in the mode 'portable'", 'mixed');
    }
    this.#parts.tables.checkWhole(table);
    const keyNames = this.#parts.tables.keyNames(table);
    if (this.#range !== undefined) {
      throw new InvalidArgumentError('query', 'one query in a transaction', 'a second');
    }
    if ([...this.#writes.values()].some(({ place }) => place.table === table)) {
      throw new InvalidArgumentError('query', 'a query before writes to its table', 'one after');
    }
    const sort = sortRangeOf(keyNames[1], range);
    const partition = [keyNames[0], keyAttribute(keyNames[0], range.partition, 2_048)] as const;
    const request: ItemQuery = { table, partition, ...(sort !== undefined && { sort }) };
    const { ranges, signal } = this.#parts;
    this.#range = await ranges.look(request, keyNames, signal);
    const found = [...this.#range.found.values()].map(({ image }) => withoutHold(image));
    return found.flatMap((image) => (image === undefined ? [] : [plainOf(image)]));
  }

  /** Calls back once the transaction is committed, and never for an attempt that was not. */
  onCommit(callback: () => void): void {
    this.#throwIfOver();
    this.#afterCommit.push(callback);
  }

  /** Takes what is known of an item without a request of its own. */
  seed(place: Place, snapshot: Snapshot): void {
    this.#reads.set(placeName(place), { place, snapshot });
  }

  /** What was read so far, as it was seen. */
  reads(): readonly Access[] {
    return [...this.#reads].map(([name, read]) => ({ ...read, name, intent: undefined }));
  }

  /** Ends it. What is written without having been read is read now: its version is needed. */
  async end(): Promise<Draft> {
    this.close();
    const unread = [...this.#writes].filter(([name]) => !this.#reads.has(name));
    await Promise.all(unread.map(([, { place }]) => this.#snapshot(place)));
    const accesses = this.reads().map((read) => {
      return { ...read, intent: this.#writes.get(read.name)?.intent };
    });
    const unfounded = accesses.find(isUnfounded);
    if (unfounded !== undefined) {
      throw new CheckFailedError(unfounded.place, 'the library has no such row');
    }
    const isOfOneMoment = accesses.length === this.#ofOneMoment && this.#writes.size === 0;
    return { accesses, range: this.#range, isOfOneMoment, afterCommit: this.#afterCommit };
  }

  /** Refuses everything from here on: what comes too late would be lost without a word. */
  close(): void {
    this.#isOver = true;
  }

  /** A range that was read, for those who validate without committing. */
  get range(): RangeRead | undefined {
    return this.#range;
  }

  async #snapshot(place: Place): Promise<Snapshot> {
    const name = placeName(place);
    const known = this.#reads.get(name);
    if (known !== undefined) return known.snapshot;
    const { resolver, signal } = this.#parts;
    const snapshot = await resolver.look(place, signal);
    // Of two reads at once the first to come counts: one attempt sees one state of an item.
    const first = this.#reads.get(name)?.snapshot ?? snapshot;
    this.#reads.set(name, { place, snapshot: first });
    return first;
  }

  /** Changes a row of the library's on behalf of a primitive, which knows what may be written. */
  async #amend(key: Key, decide: (row: Item | undefined) => ValueMap): Promise<void> {
    this.#throwIfOver();
    const { home } = this.#parts.tables;
    const place = { table: home.table, key: attributesOfRow({ ...key }) };
    const { image } = await this.#snapshot(place);
    this.#throwIfOver();
    const intent = this.#writes.get(placeName(place))?.intent;
    const row = image && (intent?.kind === 'amend' ? { ...image, ...intent.set } : image);
    this.#change(place, attributesOfRow(decide(row && rowOfAttributes(row))), []);
  }

  #write(place: Place, intent: Intent): void {
    this.#writes.set(placeName(place), { place, intent });
  }

  #throwIfOver(): void {
    this.#parts.signal?.throwIfAborted();
    if (!this.#isOver) return;
    throw new HoldfastError('invalid-argument', 'the function of this transaction has returned');
  }
}
