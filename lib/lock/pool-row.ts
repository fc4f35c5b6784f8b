import { RowFields } from '../store/row-fields.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import { SHARED_ATTRIBUTE } from '../store/shared-schema.ts';
import type { Item, Value } from '../store/value.ts';

/** A permit pool as its row tells it. */
export interface PoolRow {
  /** Whether there is a row at all; without one, all the numbers are zero. */
  readonly exists: boolean;
  /** Permits as the first process declared them. */
  readonly declared: number;
  readonly limit: number;
  readonly free: number;
  /** How many more may hold permits. */
  readonly seats: number;
  readonly holders: ReadonlyMap<string, PoolHolder>;
  /** Waiters in order of arrival. */
  readonly queue: readonly PoolWaiter[];
  /** Of the last grant; only grows. */
  readonly token: number;
}

export interface PoolHolder {
  readonly id: string;
  readonly label: string;
  readonly permits: number;
  readonly token: number;
  /** Number of the holder's last write to its own entry. */
  readonly renewals: number;
  readonly leaseMs: number;
  /** On the table clock; `undefined` when the holder did not know the time. */
  readonly expiresAt: number | undefined;
  /** The session that keeps the entry alive; `undefined` when its holder renews it. */
  readonly session: string | undefined;
}

export interface PoolWaiter {
  readonly id: string;
  readonly label: string;
  readonly permits: number;
}

export const NO_POOL: PoolRow = {
  exists: false,
  declared: 0,
  limit: 0,
  free: 0,
  seats: 0,
  holders: new Map(),
  queue: [],
  token: 0,
};

export function parsePoolRow(item: Item | undefined): PoolRow {
  if (item === undefined) return NO_POOL;
  const row = new RowFields(item);
  return {
    exists: true,
    declared: row.count(SHARED_ATTRIBUTE.declared),
    limit: row.count(SHARED_ATTRIBUTE.limit),
    free: row.count(SHARED_ATTRIBUTE.free),
    seats: row.count(SHARED_ATTRIBUTE.seats),
    holders: new Map(row.members(SHARED_ATTRIBUTE.holders).map(readHolder)),
    queue: row.list(ATTRIBUTE.queue).map(readWaiter),
    token: row.count(ATTRIBUTE.token),
  };
}

function readHolder([id, value]: readonly [string, Value]): [string, PoolHolder] {
  const entry = new RowFields(value, SHARED_ATTRIBUTE.holders);
  const holder = {
    id,
    label: entry.optionalText('label') ?? id,
    permits: entry.count('permits'),
    token: entry.count('token'),
    renewals: entry.count('renewals'),
    leaseMs: entry.count('leaseMs'),
    expiresAt: entry.optionalCount('expiresAt'),
    session: entry.optionalText('session'),
  };
  return [id, holder];
}

function readWaiter(value: Value): PoolWaiter {
  const entry = new RowFields(value, ATTRIBUTE.queue);
  const id = entry.optionalText('id') ?? '';
  return { id, label: entry.optionalText('label') ?? id, permits: entry.count('permits') };
}

/** Permits that those before position `place` in the line wait for. */
export function permitsBefore(row: PoolRow, place: number): number {
  return row.queue.slice(0, place).reduce((sum, { permits }) => sum + permits, 0);
}

/** Position of `id` in the line, or -1. */
export function poolPlaceOf(row: PoolRow, id: string): number {
  return row.queue.findIndex((entry) => entry.id === id);
}
