import type { TableTime } from '../core/table-clock.ts';
import { absent, and, type Condition, compare, equals, or } from '../store/condition.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { copy, remove, set, setOrRemove, type UpdateAction } from '../store/update.ts';
import type { Key, Path, Value } from '../store/value.ts';
import type { GrantEnd, OwnershipRow } from './row.ts';
import { timeOfToken } from './token.ts';

/**
 * The writes by which ownership begins, goes on and ends, as pure functions of what the writer
 * knows. Rule numbers are those of the protocol in `docs/protocol.md`.
 */

/** How long after its last sign of life a row may be collected as garbage. */
const RETENTION_MS = 7 * 24 * 60 * 60 * 1_000;
/** In `takenFrom`: the row had no owner. Ids are longer, so none can be mistaken for it. */
export const NOBODY = 'nobody';

/** The identity of one grant, and where it lives. */
export interface Holding {
  readonly key: Key;
  readonly id: string;
  readonly token: number;
}

export interface AcquireWrite extends Holding {
  readonly label: string;
  readonly leaseMs: number;
  readonly time: TableTime | undefined;
  /** The session that keeps the grant alive, when it does not renew itself. */
  readonly session: string | undefined;
  /** A row whose owner the writer has itself seen silent for its whole lease, if any (rule 3). */
  readonly seenDead: OwnershipRow | undefined;
  /** Waiters past their time who may be dropped because nobody else waits (rule 13). */
  readonly expiredQueue: OwnershipRow['queue'];
  readonly value: Value | undefined;
}

/** Takes a row that nobody owns, or whose owner is dead, with nobody waiting (rule 8). */
export function acquire(write: AcquireWrite): UpdateRequest {
  const { key, id, token, time, seenDead, expiredQueue } = write;
  const free = absent(ATTRIBUTE.owner);
  const lapsed = time && compare(ATTRIBUTE.expiresAt, '<', time.earliest);
  const silent =
    seenDead?.owner && stillAs(seenDead.owner.id, seenDead.token, seenDead.owner.renewals);
  // The late duplicate of an acquire that was given up must not resurrect itself.
  const newer = or(absent(ATTRIBUTE.token), compare(ATTRIBUTE.token, '<', token));
  // Without the time, a token can only be right for a row whose last token is known (rule 5).
  const known = time === undefined ? compare(ATTRIBUTE.token, '=', token - 1) : undefined;
  return {
    kind: 'update',
    key,
    actions: [
      ...namedOwner(id, write.label),
      ...grant(write, 1),
      set(ATTRIBUTE.event, `acquired#${token}`),
      setOrRemove(ATTRIBUTE.ownedSince, time && Math.floor(time.latest)),
      // One request takes over from whoever it was, and he must be able to learn it (rule 10).
      copy(ATTRIBUTE.takenFrom, ATTRIBUTE.owner, NOBODY),
      ...published(write.value),
      ...expiredQueue.map((_, index) => remove([ATTRIBUTE.queue, index])),
    ],
    condition: and(or(free, lapsed, silent), newer, known, onlyWaiting(expiredQueue)),
  };
}

export interface RenewWrite extends Holding {
  /** Number of this renewal, larger than every one sent before for the grant. */
  readonly number: number;
  readonly leaseMs: number;
  readonly time: TableTime | undefined;
  readonly session: string | undefined;
  /** The largest expiry ever sent for the grant: a renewal never shortens a lease. */
  readonly expiresAtMin: number;
  readonly purpose: RenewPurpose;
}

export type RenewPurpose =
  | { readonly kind: 'beat'; readonly waits?: readonly string[] | undefined }
  /** Turns a hand-over's short claim into ownership (rule 14). */
  | { readonly kind: 'activate'; readonly value: Value | undefined }
  | { readonly kind: 'proclaim'; readonly value: Value; readonly valueVersion: number };

/**
 * Renews. Conditional on the *grant*, never on the previous renewal: after a lost answer, a chain
 * of versions would make the living owner lose its own lease (rule 7). Numbered, so that a late
 * duplicate of an older renewal cannot move the expiry back.
 */
export function renew(write: RenewWrite): UpdateRequest {
  const { key, id, token, number, purpose, time } = write;
  return {
    kind: 'update',
    // What a leader says is for others to rest on; that it lives is not.
    passesLocks: purpose.kind === 'proclaim' ? undefined : true,
    key,
    actions: [...leased(write, number), ...renewalActions(purpose, token, time)],
    condition: and(
      equals(ATTRIBUTE.owner, id),
      equals(ATTRIBUTE.token, token),
      compare(ATTRIBUTE.renewals, '<', number),
      // Of two proclamations under way, the one that was made later must win, in whatever order
      // they arrive.
      purpose.kind === 'proclaim'
        ? compare(ATTRIBUTE.valueVersion, '<', purpose.valueVersion)
        : undefined,
    ),
  };
}

function renewalActions(
  purpose: RenewPurpose,
  token: number,
  time: TableTime | undefined,
): UpdateAction[] {
  switch (purpose.kind) {
    case 'beat':
      return purpose.waits === undefined
        ? [remove(ATTRIBUTE.event)]
        : [remove(ATTRIBUTE.event), set(ATTRIBUTE.waits, purpose.waits)];
    case 'activate':
      return [
        set(ATTRIBUTE.event, `acquired#${token}`),
        setOrRemove(ATTRIBUTE.ownedSince, time && Math.floor(time.latest)),
        ...published(purpose.value),
      ];
    case 'proclaim':
      return [
        set(ATTRIBUTE.event, `proclaimed#${token}#${purpose.valueVersion}`),
        set(ATTRIBUTE.value, purpose.value),
        set(ATTRIBUTE.valueVersion, purpose.valueVersion),
      ];
  }
}

/** Gives the row up when nobody waits (rule 12). */
export function release(holding: Holding, expiresAt: number): UpdateRequest {
  return {
    kind: 'update',
    key: holding.key,
    actions: [
      ...vacated(holding, expiresAt),
      set(ATTRIBUTE.event, `released#${holding.token}`),
      ended(holding, 'released'),
    ],
    condition: and(ownedBy(holding), absent([ATTRIBUTE.queue, 0])),
  };
}

/** Nothing of an owner is left but his token. */
export function vacated(holding: Holding, expiresAt: number): UpdateAction[] {
  return [
    remove(ATTRIBUTE.owner),
    remove(ATTRIBUTE.ownerLabel),
    remove(ATTRIBUTE.renewals),
    remove(ATTRIBUTE.leaseMs),
    remove(ATTRIBUTE.expiresAt),
    remove(ATTRIBUTE.ownedSince),
    remove(ATTRIBUTE.session),
    remove(ATTRIBUTE.takenFrom),
    ...published(undefined),
    set(ATTRIBUTE.ttl, ttlSeconds(expiresAt, holding.token)),
  ];
}

export interface PassWrite {
  readonly from: Holding;
  readonly to: { readonly id: string; readonly label: string; readonly token: number };
  readonly leaseMs: number;
  readonly time: TableTime | undefined;
  readonly session: string | undefined;
  /** Refuse when a waiter of another process is due (rule 17). */
  readonly unlessOthersWait: boolean;
  readonly value: Value | undefined;
}

/** Passes ownership to another waiter of the same process, who is awake and needs no claim. */
export function pass(write: PassWrite): UpdateRequest {
  const { from, to, time } = write;
  const next = { token: to.token, leaseMs: write.leaseMs, time, session: write.session };
  return {
    kind: 'update',
    key: from.key,
    actions: [
      ...namedOwner(to.id, to.label),
      ...grant(next, 1),
      set(ATTRIBUTE.event, `acquired#${to.token}`),
      setOrRemove(ATTRIBUTE.ownedSince, time && Math.floor(time.latest)),
      remove(ATTRIBUTE.takenFrom),
      ...published(write.value),
      ended(from, 'handed-over'),
    ],
    condition: and(
      ownedBy(from),
      write.unlessOthersWait ? absent([ATTRIBUTE.queue, 0]) : undefined,
    ),
  };
}

interface LeaseTerms {
  readonly token: number;
  readonly leaseMs: number;
  readonly time: TableTime | undefined;
  readonly session?: string | undefined;
  readonly expiresAtMin?: number | undefined;
}

function namedOwner(id: string, label: string): UpdateAction[] {
  return [set(ATTRIBUTE.owner, id), set(ATTRIBUTE.ownerLabel, label)];
}

/** What a new owner's row says besides his name: nothing of the last owner stays (rule 6). */
export function grant(terms: LeaseTerms, renewals: number): UpdateAction[] {
  return [set(ATTRIBUTE.token, terms.token), ...leased(terms, renewals)];
}

/**
 * The lease itself. Under a session, or without the time, it has no end on the table clock and is
 * never garbage: the session's row, or observation, tells when it is over.
 */
function leased(terms: LeaseTerms, renewals: number): UpdateAction[] {
  const expiresAt = expiryOf(terms);
  return [
    set(ATTRIBUTE.renewals, renewals),
    set(ATTRIBUTE.leaseMs, terms.leaseMs),
    setOrRemove(ATTRIBUTE.session, terms.session),
    setOrRemove(ATTRIBUTE.expiresAt, expiresAt),
    setOrRemove(ATTRIBUTE.ttl, expiresAt && ttlSeconds(expiresAt, terms.token)),
  ];
}

/** The end of a lease that is written now (rule 3), if it has one on the table clock. */
export function expiryOf(terms: LeaseTerms): number | undefined {
  if (terms.time === undefined || terms.session !== undefined) return undefined;
  return Math.max(Math.ceil(terms.time.latest + terms.leaseMs), terms.expiresAtMin ?? 0);
}

/** Garbage only once every token that the row has granted is old by the table's time (rule 9). */
export function ttlSeconds(expiresAt: number, token: number): number {
  return Math.ceil((Math.max(expiresAt, timeOfToken(token)) + RETENTION_MS) / 1_000);
}

export function ended(holding: Omit<Holding, 'key'>, how: GrantEnd): UpdateAction {
  return set(ATTRIBUTE.previous, { owner: holding.id, token: holding.token, how });
}

export function ownedBy(holding: Holding): Condition {
  return and(equals(ATTRIBUTE.owner, holding.id), equals(ATTRIBUTE.token, holding.token));
}

/** The owner as an observer saw it: not one renewal has come since. */
export function stillAs(owner: string, token: number, renewals: number): Condition {
  return and(
    equals(ATTRIBUTE.owner, owner),
    equals(ATTRIBUTE.token, token),
    equals(ATTRIBUTE.renewals, renewals),
  );
}

/** Exactly these wait, or nobody when there are none. */
function onlyWaiting(queue: OwnershipRow['queue']): Condition {
  const last = queue.at(-1);
  const end: Path = [ATTRIBUTE.queue, queue.length];
  if (last === undefined) return absent(end);
  return and(equals([ATTRIBUTE.queue, queue.length - 1, 'id'], last.id), absent(end));
}

function published(value: Value | undefined): UpdateAction[] {
  const version = value === undefined ? undefined : 1;
  return [setOrRemove(ATTRIBUTE.value, value), setOrRemove(ATTRIBUTE.valueVersion, version)];
}
