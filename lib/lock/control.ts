import { sleep } from '../core/clock.ts';
import { insist, type Move } from '../lease/insist.ts';
import type { Lease } from '../lease/lease.ts';
import { RecordClient } from '../lease/record-client.ts';
import { parseOwnershipRow } from '../lease/row.ts';
import { waitersBehind } from '../lease/session-waiters.ts';
import type { Runtime } from '../runtime.ts';
import { absent, and, type Condition, equals } from '../store/condition.ts';
import { RowFields } from '../store/row-fields.ts';
import { ATTRIBUTE, ownershipKey } from '../store/schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { append, remove, set } from '../store/update.ts';
import type { Item, Key, Value } from '../store/value.ts';
import type { Place } from './deadlock.ts';

/** Somebody asks that a hold be given up. */
export interface RevokeRequest {
  /** The label of the process that asks. */
  readonly by: string;
  readonly reason: string | undefined;
}

/** What the answers to heartbeats tell the holder besides. */
export interface Control {
  /**
   * How many processes wait behind the hold. Under a session, how many have come to wait and told
   * it so, as they do within a third of its lease: those who have given up since count on, and of
   * more than eight in all the newest.
   */
  readonly waiting: number;
  readonly revoke: RevokeRequest | undefined;
}

/** A request as it stands in the row of the holder, or of the session that it rides on. */
interface StoredRequest extends RevokeRequest {
  readonly pk: string;
  readonly token: number;
}

/** Those who hold under one session and have not heard yet; older requests make room. */
const REQUESTS_MAX = 8;
const { revokes: REVOKES } = ATTRIBUTE;
/** How often a listener looks at what its beats have brought. */
const LOOKS_PER_LEASE = 8;

/** What the newest answer says of a hold. Sends nothing. */
export function controlOf(lease: Lease): Control {
  const { session } = lease.terms;
  const own = lease.row?.owner?.id === lease.id ? lease.row : undefined;
  const requests = storedIn(session === undefined ? own?.revokes : session.row?.revokes);
  const request = requests.find(({ pk, token }) => pk === lease.key.pk && token === lease.token);
  return {
    waiting:
      session === undefined
        ? (own?.queue.length ?? 0)
        : waitersBehind(session.row?.waiters, lease.key.pk, lease.token),
    revoke: request && { by: request.by, reason: request.reason },
  };
}

/** Resolves with a request when one has come; `undefined`: the hold ended before, or `signal`. */
export async function untilRevoked(
  { clock }: Runtime,
  lease: Lease,
  signal: AbortSignal | undefined,
): Promise<RevokeRequest | undefined> {
  while (lease.remainingMs() > 0 && signal?.aborted !== true) {
    const { revoke } = controlOf(lease);
    if (revoke !== undefined) return revoke;
    const quiet = { keepsProcessAlive: false };
    await sleep(clock, lease.leaseMs / LOOKS_PER_LEASE, signal ?? lease.signal, quiet);
  }
  return undefined;
}

/** Writes a request where the holder's next beat finds it. `undefined`: nobody holds it. */
export async function askToRelease(
  runtime: Runtime,
  { kind, name }: Place,
  reason: string | undefined,
): Promise<string | undefined> {
  const title = `${kind} '${name}'`;
  const key = ownershipKey(runtime.namespace, kind, name);
  const holder = new RecordClient(runtime, key, parseOwnershipRow);
  const request = { by: runtime.label, reason };
  return insist(runtime, holder, title, ({ row, isApplied }): Move<string | undefined> => {
    const owner = row?.owner;
    if (row === undefined) return { kind: 'read' };
    if (owner === undefined) return { kind: 'done', result: undefined };
    if (isApplied || owner.session !== undefined) return { kind: 'done', result: owner.label };
    const stored = { ...request, pk: key.pk, token: row.token };
    const isSame = and(equals(ATTRIBUTE.owner, owner.id), equals(ATTRIBUTE.token, row.token));
    return { kind: 'write', request: replace(key, stored, isSame) };
  }).then(async (label) => {
    const { owner, token } = holder.last ?? {};
    if (label === undefined || owner?.session === undefined || token === undefined) return label;
    await tellSession(runtime, owner.session, { ...request, pk: key.pk, token });
    return label;
  });
}

/** Adds a request to those in the session's row. A session that is over has nobody to tell. */
function tellSession(runtime: Runtime, session: string, stored: StoredRequest): Promise<void> {
  const key = ownershipKey(runtime.namespace, 'session', session);
  const client = new RecordClient(runtime, key, (item: Item | undefined) => ({
    isAlive: item?.[ATTRIBUTE.owner] === session,
    requests: storedIn(item?.[REVOKES]),
  }));
  const isAlive = equals(ATTRIBUTE.owner, session);
  return insist(runtime, client, `session ${session}`, ({ row }): Move<void> => {
    if (row === undefined) return { kind: 'write', request: add(key, stored, isAlive) };
    const isTold = row.requests.some(({ pk, token }) => pk === stored.pk && token === stored.token);
    if (isTold || !row.isAlive) return { kind: 'done', result: undefined };
    const isFull = row.requests.length >= REQUESTS_MAX;
    return { kind: 'write', request: isFull ? drop(key, row.requests) : add(key, stored, isAlive) };
  });
}

function replace(key: Key, stored: StoredRequest, condition: Condition): UpdateRequest {
  const actions = [set(REVOKES, [asValue(stored)]), remove(ATTRIBUTE.event)];
  return { kind: 'update', passesLocks: true, key, actions, condition };
}

function add(key: Key, stored: StoredRequest, isAlive: Condition): UpdateRequest {
  const actions = [append(REVOKES, asValue(stored)), remove(ATTRIBUTE.event)];
  const condition = and(isAlive, absent([REVOKES, REQUESTS_MAX - 1]));
  return { kind: 'update', passesLocks: true, key, actions, condition };
}

/** Makes room: the oldest has been heard long ago, or nobody listens. */
function drop(key: Key, [oldest]: readonly StoredRequest[]): UpdateRequest {
  const condition = and(
    equals([REVOKES, 0, 'pk'], oldest?.pk ?? ''),
    equals([REVOKES, 0, 'token'], oldest?.token ?? 0),
  );
  const actions = [remove([REVOKES, 0]), remove(ATTRIBUTE.event)];
  return { kind: 'update', passesLocks: true, key, actions, condition };
}

function asValue({ pk, token, by, reason }: StoredRequest) {
  return reason === undefined ? { pk, token, by } : { pk, token, by, reason };
}

function storedIn(value: Value | undefined): readonly StoredRequest[] {
  return new RowFields(value === undefined ? {} : { [REVOKES]: value })
    .list(REVOKES)
    .map((each) => {
      const fields = new RowFields(each, REVOKES);
      const pk = fields.optionalText('pk') ?? '';
      const by = fields.optionalText('by') ?? '';
      return { pk, by, token: fields.count('token'), reason: fields.optionalText('reason') };
    });
}
