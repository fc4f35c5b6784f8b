import { sleep } from '../core/clock.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { Attributes } from '../store/attribute.ts';
import type { ItemQuery, SortRange } from '../store/item-store.ts';
import { Conflict } from './errors.ts';
import type { Gateway } from './gateway.ts';
import { isSame, lockOf, type Snapshot, snapshotOf } from './lock.ts';
import { type Place, placeName } from './operation.ts';
import { attributesOfPlain, type PlainValue } from './plain.ts';
import type { Party, Resolver } from './resolver.ts';
import { keyAttribute } from './tables.ts';

/** Which items of a partition a query asks for, by their sort key, both bounds included. */
export interface Range {
  readonly partition: PlainValue;
  readonly prefix?: string | undefined;
  readonly from?: PlainValue | undefined;
  readonly to?: PlainValue | undefined;
}

/** A range of a partition that a transaction has read as a whole. */
export interface RangeRead {
  readonly request: ItemQuery;
  readonly keyNames: readonly string[];
  /** What was there, by the items' names; in the order of the sort key. */
  readonly found: ReadonlyMap<string, Snapshot>;
}

/** Looks at ranges of keys, and sees to the locks that it meets there. */
export class RangeReader {
  readonly #gateway: Gateway;
  readonly #resolver: Resolver;

  constructor(gateway: Gateway, resolver: Resolver) {
    this.#gateway = gateway;
    this.#resolver = resolver;
  }

  /** What is committed in the range, or was before transactions that are not decided. */
  async look(
    request: ItemQuery,
    keyNames: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<RangeRead> {
    const { clock, random } = this.#gateway.runtime;
    const waitUntilMs = clock.monotonicMs() + 40;
    for (;;) {
      const items = await this.#items(request, signal);
      let isSettled = true;
      let isPending = false;
      for (const item of items) {
        const lock = lockOf(item);
        if (lock === undefined) continue;
        const settled = await this.#resolver.settle(placeOf(request, keyNames, item), lock);
        if (settled.kind === 'pending') isPending = true;
        else isSettled = false;
      }
      if (isSettled && (!isPending || clock.monotonicMs() >= waitUntilMs)) {
        return { request, keyNames, found: snapshotsOf(items, request, keyNames) };
      }
      await sleep(clock, 5 + random.fraction() * 20, signal);
    }
  }

  /**
   * Whether the range still holds what was found. Items that the caller has locked itself count as
   * what was there before.
   *
   * @throws Conflict
   */
  async validate(
    { request, keyNames, found }: RangeRead,
    party: Party,
    ownId: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (;;) {
      const items = await this.#items(request, signal);
      const foreign = items.find((item) => {
        const lock = lockOf(item);
        return lock !== undefined && lock.id !== ownId;
      });
      const lock = lockOf(foreign);
      if (foreign !== undefined && lock !== undefined) {
        await this.#resolver.clear(placeOf(request, keyNames, foreign), lock, party, signal);
        continue;
      }
      const now = snapshotsOf(items, request, keyNames);
      const isUnchanged =
        now.size === found.size &&
        [...now].every(([name, snapshot]) => {
          const before = found.get(name);
          return before !== undefined && isSame(before, snapshot);
        });
      if (isUnchanged) return;
      const { table, partition } = request;
      throw new Conflict({ table, key: { [partition[0]]: partition[1] } });
    }
  }

  async #items(request: ItemQuery, signal: AbortSignal | undefined) {
    const { items, pages } = await this.#gateway.query(request, signal);
    if (pages === 1) return items;
    // Two pages are of two moments, and a key that is absent leaves no trace of what was between.
    throw new InvalidArgumentError('query', 'a range of one page, 1 MB at most', `${pages} pages`);
  }
}

function placeOf({ table }: ItemQuery, keyNames: readonly string[], item: Attributes): Place {
  const key: Record<string, Attributes[string]> = {};
  for (const name of keyNames) {
    const value = item[name];
    if (value !== undefined) key[name] = value;
  }
  return { table, key };
}

/** What is visible of the items, by name: stubs are not. */
function snapshotsOf(
  items: readonly Attributes[],
  request: ItemQuery,
  keyNames: readonly string[],
): ReadonlyMap<string, Snapshot> {
  const snapshots = new Map<string, Snapshot>();
  for (const item of items) {
    const snapshot = snapshotOf(item);
    if (snapshot.image === undefined) continue;
    snapshots.set(placeName(placeOf(request, keyNames, item)), snapshot);
  }
  return snapshots;
}

/** The bounds of a range, as a query has them. @throws InvalidArgumentError */
export function sortRangeOf(name: string | undefined, range: Range): SortRange | undefined {
  const { prefix, from, to } = range;
  if (prefix === undefined && from === undefined && to === undefined) return undefined;
  if (name === undefined) {
    throw new InvalidArgumentError('range', 'no bounds: the table has no sort key', range);
  }
  if (prefix !== undefined) {
    const attribute = attributesOfPlain({ prefix }).prefix;
    if (attribute !== undefined && prefix !== '' && from === undefined && to === undefined) {
      return { name, prefix: attribute };
    }
    throw new InvalidArgumentError('range', 'a prefix, or from and to', range);
  }
  const bound = (value: PlainValue | undefined) => keyAttribute(name, value, 1_024);
  return { name, from: bound(from), to: bound(to) };
}
