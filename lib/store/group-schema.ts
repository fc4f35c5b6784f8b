import type { Key } from './value.ts';

/** The rows of a group's partition, by sort key. Members and beats have one each. */
export const GROUP_SORT_KEY = { head: 'head', sweep: 'sweep' } as const;
export const BEAT_PREFIX = 'beat#';
export const MEMBER_PREFIX = 'member#';

export const GROUP_ATTRIBUTE = {
  /** How often the group has changed: what watchers poll. */
  revision: 'revision',
  /** Sum of the hashes of all member rows, as far as the changes announced it. */
  digest: 'digest',
  /** The latest incarnations that a sweep removed, so that watchers can tell them from leavers. */
  expired: 'expired',
  /** Which life of the member it is: the owner of its beat. */
  incarnation: 'incarnation',
  /** The token of its beat: of two lives of one id, the newer one's is larger. */
  generation: 'generation',
  /** How often this life has written its row. */
  version: 'version',
  state: 'state',
  address: 'address',
  zone: 'zone',
  weight: 'weight',
  meta: 'meta',
  /** How many sweeps there have been. */
  sweeps: 'sweeps',
  /** When the last one began, on the table clock; absent when the sweeper did not know. */
  sweptAt: 'sweptAt',
  /** Who did it, for people. */
  sweptBy: 'sweptBy',
  /** The last sweep that held back because too many seemed to have died at once. */
  heldBack: 'heldBack',
} as const;

export function groupKey(namespace: string, name: string, sk: string): Key {
  return { pk: `${namespace}#group#${name}`, sk };
}
