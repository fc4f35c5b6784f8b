import { HoldfastError } from '../errors.ts';
import { absent, and, compare, equals, or } from '../store/condition.ts';
import { freezeDeep } from '../store/document.ts';
import { GROUP_ATTRIBUTE as ATTRIBUTE, MEMBER_PREFIX } from '../store/group-schema.ts';
import type { DeleteRequest, PutRequest, UpdateRequest } from '../store/store.ts';
import { set, setOrRemove } from '../store/update.ts';
import type { Item, Key, Value, ValueMap } from '../store/value.ts';

/** Whether others should send work to a member. */
export type MemberState = 'active' | 'draining';

/** A member of a group as its row shows it. */
export interface GroupMember {
  readonly id: string;
  /** Unique for each life of a member: a process that restarts, or rejoins, has a new one. */
  readonly incarnation: string;
  /** Grows from life to life of one id. */
  readonly generation: number;
  /** How often this life has changed its row. */
  readonly version: number;
  /** `draining`: it serves what it has, and should get nothing new. */
  readonly state: MemberState;
  /** Where it can be reached, as it says. */
  readonly address: string | undefined;
  readonly zone: string | undefined;
  /** How much of the work it should get, compared with others. */
  readonly weight: number;
  readonly meta: ValueMap;
}

export function memberSortKey(id: string): string {
  return `${MEMBER_PREFIX}${id}`;
}

/** Reads a row. A row of another shape is an error that names it, never a guess. */
export function parseMember(item: Item): GroupMember {
  const sk = String(item.sk);
  const fail = (attribute: string): never => {
    const got = JSON.stringify(item[attribute]);
    throw new HoldfastError('row-invalid', `${sk}: attribute '${attribute}' is ${got}`);
  };
  const text = (name: string) => {
    const value = item[name];
    return value === undefined || typeof value === 'string' ? value : fail(name);
  };
  const number = (name: string) => {
    const value = item[name];
    return typeof value === 'number' ? value : fail(name);
  };
  const state = item[ATTRIBUTE.state];
  return {
    id: sk.slice(MEMBER_PREFIX.length),
    incarnation: text(ATTRIBUTE.incarnation) ?? fail(ATTRIBUTE.incarnation),
    generation: number(ATTRIBUTE.generation),
    version: number(ATTRIBUTE.version),
    state: state === 'active' || state === 'draining' ? state : fail(ATTRIBUTE.state),
    address: text(ATTRIBUTE.address),
    zone: text(ATTRIBUTE.zone),
    weight: number(ATTRIBUTE.weight),
    meta: mapOf(item[ATTRIBUTE.meta]) ?? fail(ATTRIBUTE.meta),
  };
}

/** The same, so that nobody who is shown it can change it for the others. */
export function frozenMember(item: Item): GroupMember {
  return freezeDeep(parseMember(item) as unknown as ValueMap) as unknown as GroupMember;
}

/**
 * Writes the row of a new life, whatever an older one left (rule 26). `stale` is an incarnation
 * whose beat the writer knows to be gone.
 */
export function putMember(key: Key, member: GroupMember, stale: string | undefined): PutRequest {
  const { incarnation, generation, version, state, address, zone, weight, meta } = member;
  return {
    kind: 'put',
    item: {
      ...key,
      ...{ incarnation, generation, version, state, weight, meta },
      ...(address !== undefined && { address }),
      ...(zone !== undefined && { zone }),
    },
    condition: or(
      absent(ATTRIBUTE.incarnation),
      // A late copy of an older life's join must not hide the newer one.
      compare(ATTRIBUTE.generation, '<', generation),
      stale === undefined ? undefined : equals(ATTRIBUTE.incarnation, stale),
    ),
  };
}

/** Changes the row of a life that is in the group; numbered, so that no late copy undoes it. */
export function changeMember(key: Key, member: GroupMember): UpdateRequest {
  return {
    kind: 'update',
    key,
    actions: [
      set(ATTRIBUTE.version, member.version),
      set(ATTRIBUTE.state, member.state),
      set(ATTRIBUTE.weight, member.weight),
      set(ATTRIBUTE.meta, member.meta),
      setOrRemove(ATTRIBUTE.address, member.address),
      setOrRemove(ATTRIBUTE.zone, member.zone),
    ],
    condition: and(
      equals(ATTRIBUTE.incarnation, member.incarnation),
      compare(ATTRIBUTE.version, '<', member.version),
    ),
  };
}

/** Removes the row of one life, and of no other. */
export function deleteMember(key: Key, incarnation: string): DeleteRequest {
  return { kind: 'delete', key, condition: equals(ATTRIBUTE.incarnation, incarnation) };
}

function mapOf(value: Value | undefined): ValueMap | undefined {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? (value as ValueMap) : undefined;
}
