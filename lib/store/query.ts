import { orderOf } from './document.ts';
import { itemBytes } from './item-size.ts';
import { faultOfKey } from './request-fault.ts';
import type { QueryRequest } from './store.ts';
import type { Item, Key } from './value.ts';

/** The service ends a page with the row that exceeds this size. */
const PAGE_BYTES_MAX = 1_024 * 1_024;

/** One page of a partition. */
export interface Page {
  readonly items: readonly (Item & Key)[];
  readonly next: string | undefined;
  /** The size of its rows, for which the service charges. */
  readonly bytes: number;
}

/** What is wrong with a query before it is sent, in words; undefined when nothing is. */
export function faultOfQuery({ pk, range, limit, after }: QueryRequest): string | undefined {
  const bounds = boundsOf(range);
  for (const sk of [...bounds, ...(after === undefined ? [] : [after])]) {
    const fault = faultOfKey({ pk, sk });
    if (fault !== undefined) return fault;
  }
  const [from, to] = bounds;
  if (from !== undefined && to !== undefined && order(from, to) > 0) {
    return `range: expected its end at or behind its begin, got '${to}' before '${from}'`;
  }
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1)) {
    return `limit: expected a whole number from 1, got ${limit}`;
  }
  return bounds.length > 0 ? undefined : faultOfKey({ pk, sk: '-' });
}

/** The page of `rows` that answers a query. */
export function pageOf(rows: Iterable<Item & Key>, request: QueryRequest): Page {
  const { pk, after, limit = Number.POSITIVE_INFINITY } = request;
  const sign = request.order === 'descending' ? -1 : 1;
  const all = [...rows]
    .filter((row) => row.pk === pk && isWithin(row.sk, request.range))
    .filter((row) => after === undefined || sign * order(row.sk, after) > 0)
    .sort((left, right) => sign * order(left.sk, right.sk));
  const items: (Item & Key)[] = [];
  let bytes = 0;
  for (const row of all) {
    items.push(row);
    bytes += itemBytes(row);
    const isFull = items.length >= limit || bytes > PAGE_BYTES_MAX;
    // Like the service, which does not look whether anything follows the page.
    if (isFull) return { items, bytes, next: row.sk };
  }
  return { items, bytes, next: undefined };
}

function isWithin(sk: string, range: QueryRequest['range']): boolean {
  if (range === undefined) return true;
  if ('prefix' in range) return sk.startsWith(range.prefix);
  return order(sk, range.from) >= 0 && order(sk, range.to) <= 0;
}

function boundsOf(range: QueryRequest['range']): readonly string[] {
  if (range === undefined) return [];
  return 'prefix' in range ? [range.prefix] : [range.from, range.to];
}

function order(left: string, right: string): number {
  return orderOf(left, right) ?? 0;
}
