import type { GroupMember } from '../../../lib/group/index.ts';
import { acquire } from '../../../lib/lease/writes.ts';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import type { Store, WriteRequest } from '../../../lib/store/store.ts';
import type { Item, Key } from '../../../lib/store/value.ts';

export const TIME = { earliest: 1_000_000, latest: 1_002_000 };
export const LEASE_MS = 6_000;
export const BEAT: Key = { pk: 'default#group#it', sk: 'beat#a' };
export const MEMBER: Key = { pk: 'default#group#it', sk: 'member#a' };

/** A member as a test needs it. */
export function member(id: string, parts: Partial<GroupMember> = {}): GroupMember {
  return {
    ...{ id, incarnation: `${id}-1`, generation: 1, version: 1, state: 'active' as const },
    ...{ address: undefined, zone: undefined, weight: 1, meta: {} },
    ...parts,
  };
}

/** The write by which a life of `a` takes its beat. */
export function takes(id: string, token: number, parts: { readonly seenDead?: never } = {}) {
  return acquire({
    ...{ key: BEAT, id, token, label: 'host/1', leaseMs: LEASE_MS, time: TIME },
    ...{ session: undefined, seenDead: undefined, expiredQueue: [], value: undefined },
    ...parts,
  });
}

/** A table after these writes, of which each must take effect. */
export async function tableAfter(...writes: readonly WriteRequest[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const write of writes) {
    const { kind } = await store.write(write);
    if (kind !== 'applied') throw new Error(`the write of the scene is ${kind}`);
  }
  return store;
}

export async function rowOf(store: Store, key: Key): Promise<Item | undefined> {
  const result = await store.get({ key, consistent: true });
  return result.kind === 'found' ? result.item : undefined;
}
