import { HoldfastError } from '../errors.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import type { Item, Value } from '../store/value.ts';

/**
 * An ownership row as its readers need it: who owns it, who waits, and how the last grant ended.
 */
export interface OwnershipRow {
  /** Fencing token of the last grant; 0 when there never was one that the table remembers. */
  readonly token: number;
  readonly owner: Owner | undefined;
  readonly queue: readonly QueueEntry[];
  readonly previous: PreviousGrant | undefined;
  readonly takenFrom: string | undefined;
  readonly value: Value | undefined;
  readonly valueVersion: number;
  /** Who asks for it, as somebody has written it. */
  readonly revokes?: Value | undefined;
  /** In a session's row: who waits behind what rides on it. */
  readonly waiters?: Value | undefined;
}

export interface Owner {
  /** Unique per acquisition, so that no two grants are ever mistaken for each other. */
  readonly id: string;
  readonly label: string;
  /** 0: handed over to it, and not yet activated. */
  readonly renewals: number;
  readonly leaseMs: number;
  /** On the table clock; `undefined` when the owner did not know the time. */
  readonly expiresAt: number | undefined;
  readonly ownedSince: number | undefined;
  /** The session that keeps it alive; `undefined` when it renews itself. */
  readonly session: string | undefined;
}

export interface QueueEntry {
  readonly id: string;
  readonly label: string;
  /** On the table clock. Helpers drop an entry after this time. */
  readonly until: number | undefined;
  /** The session that its waiter waits under, for people. */
  readonly session?: string | undefined;
}

export interface PreviousGrant {
  readonly owner: string;
  readonly token: number;
  readonly how: GrantEnd;
}

/** How a grant ended. */
export type GrantEnd = 'released' | 'handed-over' | 'taken';

/** A row that does not exist, or that nobody has looked at yet. */
export const NO_ROW: OwnershipRow = {
  token: 0,
  owner: undefined,
  queue: [],
  previous: undefined,
  takenFrom: undefined,
  value: undefined,
  valueVersion: 0,
};

/** Reads a row. A row of another shape is an error that names the attribute, never a guess. */
export function parseOwnershipRow(item: Item | undefined): OwnershipRow {
  if (item === undefined) return NO_ROW;
  const read = new RowReader(item);
  const owner = read.optional(ATTRIBUTE.owner, isString, 'a string');
  return {
    token: read.optional(ATTRIBUTE.token, isCount, 'a whole number') ?? 0,
    owner: owner === undefined ? undefined : readOwner(read, owner),
    queue: (read.optional(ATTRIBUTE.queue, Array.isArray, 'a list') ?? []).map((entry) =>
      readEntry(new RowReader(entry, ATTRIBUTE.queue)),
    ),
    previous: readPrevious(item[ATTRIBUTE.previous]),
    takenFrom: read.optional(ATTRIBUTE.takenFrom, isString, 'a string'),
    value: item[ATTRIBUTE.value],
    valueVersion: read.optional(ATTRIBUTE.valueVersion, isCount, 'a whole number') ?? 0,
    revokes: item[ATTRIBUTE.revokes],
    waiters: item[ATTRIBUTE.waiters],
  };
}

function readOwner(read: RowReader, id: string): Owner {
  return {
    id,
    label: read.optional(ATTRIBUTE.ownerLabel, isString, 'a string') ?? id,
    renewals: read.required(ATTRIBUTE.renewals, isCount, 'a whole number'),
    leaseMs: read.required(ATTRIBUTE.leaseMs, isCount, 'a whole number'),
    expiresAt: read.optional(ATTRIBUTE.expiresAt, isNumber, 'a number'),
    ownedSince: read.optional(ATTRIBUTE.ownedSince, isNumber, 'a number'),
    session: read.optional(ATTRIBUTE.session, isString, 'a string'),
  };
}

function readEntry(read: RowReader): QueueEntry {
  const id = read.required('id', isString, 'a string');
  return {
    id,
    label: read.optional('label', isString, 'a string') ?? id,
    until: read.optional('until', isNumber, 'a number'),
    session: read.optional('session', isString, 'a string'),
  };
}

function readPrevious(value: Value | undefined): PreviousGrant | undefined {
  if (value === undefined) return undefined;
  const read = new RowReader(value, ATTRIBUTE.previous);
  return {
    owner: read.required('owner', isString, 'a string'),
    token: read.required('token', isCount, 'a whole number'),
    how: read.required('how', isGrantEnd, 'released, handed-over or taken'),
  };
}

class RowReader {
  readonly #map: Item;
  readonly #within: string;

  constructor(value: Value, within = '') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new HoldfastError('row-invalid', `attribute '${within}': expected a map`);
    }
    this.#map = value as Item;
    this.#within = within === '' ? '' : `${within}.`;
  }

  optional<T extends Value>(
    name: string,
    is: (value: Value) => value is T,
    expected: string,
  ): T | undefined {
    const value = this.#map[name];
    if (value === undefined) return undefined;
    if (is(value)) return value;
    throw new HoldfastError(
      'row-invalid',
      `attribute '${this.#within}${name}': expected ${expected}, got ${JSON.stringify(value)}`,
    );
  }

  required<T extends Value>(name: string, is: (value: Value) => value is T, expected: string): T {
    const value = this.optional(name, is, expected);
    if (value !== undefined) return value;
    const message = `attribute '${this.#within}${name}': expected ${expected}, got nothing`;
    throw new HoldfastError('row-invalid', message);
  }
}

function isString(value: Value): value is string {
  return typeof value === 'string';
}

function isNumber(value: Value): value is number {
  return typeof value === 'number';
}

function isCount(value: Value): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isGrantEnd(value: Value): value is GrantEnd {
  return value === 'released' || value === 'handed-over' || value === 'taken';
}
