import { expect } from 'vitest';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import type { UpdateRequest } from '../../../lib/store/store.ts';
import type { Item } from '../../../lib/store/value.ts';

export const KEY = { pk: 'default#lock#it', sk: 'lock' };
export const TIME = { earliest: 1_000_000, latest: 1_002_000 };
export const TOKEN = 1_002_000_000;
export const WEEK_SECONDS = 7 * 24 * 60 * 60;

/** A row as its owner left it a while ago. */
export const OWNED: Item = {
  ...KEY,
  owner: 'old',
  ownerLabel: 'host/old',
  token: TOKEN - 1,
  renewals: 3,
  leaseMs: 5_000,
  expiresAt: 2_000_000,
  ownedSince: 900_000,
  takenFrom: 'nobody',
  value: 'old value',
  valueVersion: 4,
  event: 'acquired#1',
  ttl: 1,
};

/** What a row is after a write; undefined when the write was refused. */
export async function rowAfter(
  row: Item | undefined,
  request: UpdateRequest,
): Promise<Item | undefined> {
  const store = new MemoryStore();
  if (row !== undefined) await store.write({ kind: 'put', item: { ...row, ...KEY } });
  const result = await store.write(request);
  if (result.kind === 'applied') return result.item;
  expect(result.kind).toBe('refused');
  return undefined;
}

export function without(item: Item, ...names: readonly string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !names.includes(name)));
}
