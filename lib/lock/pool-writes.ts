import type { TableTime } from '../core/table-clock.ts';
import { ttlSeconds } from '../lease/writes.ts';
import { absent, and, type Condition, compare, equals, or } from '../store/condition.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import { SHARED_ATTRIBUTE } from '../store/shared-schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { copy, increment, remove, set, setOrRemove, type UpdateAction } from '../store/update.ts';
import type { Key, Path } from '../store/value.ts';
import { type PoolHolder, type PoolRow, type PoolWaiter, permitsBefore } from './pool-row.ts';

/**
 * The writes by which permits of a pool are taken, kept and given back, as pure functions of what
 * the writer knows. Each is idempotent by the id of the acquisition, because the sum of free
 * permits is not: a write that arrives twice must count once.
 */

/** More than this and a row costs more than a handful of units to write. */
export const HOLDERS_MAX = 64;
const { declared: DECLARED, limit: LIMIT, free: FREE, seats: SEATS, keep: KEEP } = SHARED_ATTRIBUTE;
const { token: TOKEN, queue: QUEUE, event: EVENT, ttl: TTL } = ATTRIBUTE;
/** What stands in `ttl` instead of a time: not a number, so DynamoDB ignores it. */
export const KEPT = 'kept';

/** A lease in a pool, as its holder asks for it. */
export interface PoolLease {
  readonly key: Key;
  readonly id: string;
  readonly leaseMs: number;
  readonly time: TableTime | undefined;
  /** The session that keeps the entry alive, when its holder does not renew it. */
  readonly session: string | undefined;
}

/** A holder that the writer knows to be dead, by either of two ways. */
export interface DeadHolder {
  readonly holder: PoolHolder;
  /** Whether the writer has itself seen it silent for its whole lease. */
  readonly silent: boolean;
}

export interface TakeWrite extends PoolLease {
  readonly label: string;
  readonly permits: number;
  readonly declared: number;
  readonly token: number;
  /** Where the writer stands in `seen`; `undefined`: not in line. */
  readonly place: number | undefined;
  /** The row that the writer decides by. */
  readonly seen: PoolRow;
  readonly dead: readonly DeadHolder[];
}

/**
 * Takes permits, and those of dead holders away, in one write. Whoever takes leaves enough for
 * everybody who came before it, so nobody is overtaken, and waiters need not go one by one.
 */
export function take(write: TakeWrite): UpdateRequest {
  const { key, id, permits, token, time, seen, dead } = write;
  const place = write.place ?? seen.queue.length;
  const freed = permitsOf(dead);
  const needed = permits + permitsBefore(seen, place) - freed;
  return {
    kind: 'update',
    key,
    actions: [
      increment(FREE, freed - permits),
      increment(SEATS, dead.length - 1),
      ...dead.map(({ holder }) => remove(holderPath(holder.id))),
      set(holderPath(id), entryOf(write)),
      ...(write.place === undefined ? [] : [remove([QUEUE, write.place])]),
      set(TOKEN, token),
      set(EVENT, `acquired#${token}`),
      ...lifeOf(write, token),
    ],
    condition: and(
      equals(DECLARED, write.declared),
      compare(FREE, '>=', needed),
      compare(SEATS, '>=', 1 - dead.length),
      // A request that arrives twice, or that was given up and arrives late, must not take twice.
      absent(holderPath(id)),
      compare(TOKEN, '<', token),
      // Without the time, a token can only be right for a row whose last token is known.
      time === undefined ? equals(TOKEN, token - 1) : undefined,
      write.place === undefined ? lineIs(seen.queue) : equals([QUEUE, write.place, 'id'], id),
      ...dead.map((each) => stillDead(each, time)),
    ),
  };
}

/** The first take makes the row. */
export function createPool(write: Omit<TakeWrite, 'place' | 'seen' | 'dead'>): UpdateRequest {
  const { key, id, permits, declared, token } = write;
  return {
    kind: 'update',
    key,
    actions: [
      set(DECLARED, declared),
      set(LIMIT, declared),
      set(FREE, declared - permits),
      set(SEATS, HOLDERS_MAX - 1),
      set(SHARED_ATTRIBUTE.holders, { [id]: entryOf(write) }),
      set(TOKEN, token),
      set(EVENT, `acquired#${token}`),
      ...lifeOf(write, token),
    ],
    condition: absent(LIMIT),
  };
}

export interface PoolRenewal extends PoolLease {
  /** Larger than that of every write sent before for the entry. */
  readonly number: number;
  /** The largest end ever sent for the entry: a renewal never shortens a lease. */
  readonly expiresAtMin: number;
  readonly token: number;
}

/** Numbered, so that a late duplicate of an older renewal cannot move the end back. */
export function renewPermits(write: PoolRenewal): UpdateRequest {
  const { key, id, number, leaseMs } = write;
  return {
    kind: 'update',
    passesLocks: true,
    key,
    actions: [
      set(holderPath(id, 'renewals'), number),
      set(holderPath(id, 'leaseMs'), leaseMs),
      setOrRemove(holderPath(id, 'expiresAt'), endOf(write)),
      remove(EVENT),
      ...lifeOf(write, write.token),
    ],
    condition: compare(holderPath(id, 'renewals'), '<', number),
  };
}

/** Gives permits back. Once: the entry that it asks for is gone afterwards. */
export function releasePermits(
  key: Key,
  held: { readonly id: string; readonly permits: number },
): UpdateRequest {
  return {
    kind: 'update',
    key,
    actions: [
      increment(FREE, held.permits),
      increment(SEATS, 1),
      remove(holderPath(held.id)),
      set(EVENT, `released#${held.id}`),
    ],
    condition: equals(holderPath(held.id, 'permits'), held.permits),
  };
}

export interface ChangeWrite {
  readonly key: Key;
  readonly id: string;
  readonly from: number;
  readonly to: number;
  /** As of a renewal: a late duplicate must not undo a later change. */
  readonly number: number;
  /** For more permits: the new grant's token. Needs everybody else gone and nobody waiting. */
  readonly token: number | undefined;
}

/** Changes how many permits a holder has, without a moment in which it has none. */
export function changePermits(write: ChangeWrite): UpdateRequest {
  const { key, id, from, to, number, token } = write;
  return {
    kind: 'update',
    key,
    actions: [
      increment(FREE, from - to),
      set(holderPath(id, 'permits'), to),
      set(holderPath(id, 'renewals'), number),
      ...(token === undefined ? [] : [set(holderPath(id, 'token'), token), set(TOKEN, token)]),
      set(EVENT, `changed#${id}#${number}`),
    ],
    condition: and(
      equals(holderPath(id, 'permits'), from),
      compare(holderPath(id, 'renewals'), '<', number),
      to > from ? compare(FREE, '>=', to - from) : undefined,
      to > from ? absent([QUEUE, 0]) : undefined,
      token === undefined ? undefined : compare(TOKEN, '<', token),
    ),
  };
}

/** Changes how many permits there are; never below what is held. Kept for good by `keep`. */
export function resizePool(key: Key, seen: PoolRow, limit: number, token: number): UpdateRequest {
  return {
    kind: 'update',
    key,
    actions: [
      set(LIMIT, limit),
      increment(FREE, limit - seen.limit),
      set(TOKEN, token),
      set(KEEP, KEPT),
      set(TTL, KEPT),
      set(EVENT, `resized#${token}`),
    ],
    condition: and(
      equals(LIMIT, seen.limit),
      compare(FREE, '>=', seen.limit - limit),
      compare(TOKEN, '<', token),
    ),
  };
}

/** Makes a row that nobody holds anything of. */
export function foundPool(key: Key, declared: number, token: number): UpdateRequest {
  return {
    kind: 'update',
    key,
    actions: [
      set(DECLARED, declared),
      set(LIMIT, declared),
      set(FREE, declared),
      set(SEATS, HOLDERS_MAX),
      set(SHARED_ATTRIBUTE.holders, {}),
      set(TOKEN, token),
    ],
    condition: absent(LIMIT),
  };
}

/** Takes the permits of a dead holder away, for those who wait. */
export function reap(key: Key, dead: DeadHolder, time: TableTime | undefined): UpdateRequest {
  const { id, permits } = dead.holder;
  return {
    kind: 'update',
    key,
    actions: [
      increment(FREE, permits),
      increment(SEATS, 1),
      remove(holderPath(id)),
      set(EVENT, `released#${id}`),
    ],
    condition: stillDead(dead, time),
  };
}

export function holderPath(id: string, member?: string): Path {
  const path: Path = [SHARED_ATTRIBUTE.holders, id];
  return member === undefined ? path : [...path, member];
}

/** The end of a lease that is written now, if it has one on the table clock. */
function endOf({ time, leaseMs, session, ...more }: PoolLease & { expiresAtMin?: number }) {
  if (time === undefined || session !== undefined) return undefined;
  return Math.max(Math.ceil(time.latest + leaseMs), more.expiresAtMin ?? 0);
}

function entryOf(write: PoolLease & { label: string; permits: number; token: number }) {
  const { label, permits, token, leaseMs, session } = write;
  const expiresAt = endOf(write);
  const entry = { label, permits, token, renewals: 1, leaseMs };
  if (session !== undefined) return { ...entry, session };
  return expiresAt === undefined ? entry : { ...entry, expiresAt };
}

/**
 * Garbage days after the last sign of life; without the time, or once resized, never. Nor once
 * somebody has held under a session: that gives no sign of life here, and nobody else may set an
 * end while it lasts.
 */
function lifeOf(write: PoolLease & { expiresAtMin?: number }, token: number): UpdateAction[] {
  if (write.session !== undefined) return [set(KEEP, KEPT), set(TTL, KEPT)];
  const end = endOf(write);
  return [end === undefined ? remove(TTL) : copy(TTL, KEEP, ttlSeconds(end, token))];
}

/** Nothing has come from the holder since, by the table's clock or by the writer's own watch. */
function stillDead({ holder, silent }: DeadHolder, time: TableTime | undefined): Condition {
  const { id, permits, token, renewals } = holder;
  return and(
    equals(holderPath(id, 'permits'), permits),
    equals(holderPath(id, 'token'), token),
    or(
      time && compare(holderPath(id, 'expiresAt'), '<', time.earliest),
      silent ? equals(holderPath(id, 'renewals'), renewals) : undefined,
    ),
  );
}

/** Nobody waits but those whom the writer has seen. */
function lineIs(queue: readonly PoolWaiter[]): Condition {
  const last = queue.at(-1);
  const end = absent([QUEUE, queue.length]);
  if (last === undefined) return end;
  return and(equals([QUEUE, queue.length - 1, 'id'], last.id), end);
}

function permitsOf(dead: readonly DeadHolder[]): number {
  return dead.reduce((sum, { holder }) => sum + holder.permits, 0);
}
