import type { Attribute } from '../../../lib/store/attribute.ts';
import type { ItemWrite } from '../../../lib/store/item-store.ts';
import type { PlainItem } from '../../../lib/transaction/index.ts';
import {
  HOME,
  type TransactionClient,
  type TransactionLibrary,
  TransactionWorld,
} from '../../sim/transactions/world.ts';

export const ITEMS = 'items';

/** A world in good weather, for schedules that are played step by step. */
export function stage(library?: TransactionLibrary): TransactionWorld {
  const requestTimeoutMs = 2_000;
  return new TransactionWorld({ seed: 1, tables: { [ITEMS]: ['id'] }, library, requestTimeoutMs });
}

/** Writes items in a transaction, so that they have versions. */
export function given(client: TransactionClient, ...items: readonly PlainItem[]) {
  return client.transactions.transact((tx) => {
    for (const item of items) tx.put(ITEMS, item);
  });
}

/** Sets `value` of each item, and nothing else. */
export function setting(
  client: TransactionClient,
  values: Readonly<Record<string, number>>,
  options?: Parameters<TransactionClient['transactions']['transact']>[1],
) {
  return client.transactions.transact((tx) => {
    for (const [id, value] of Object.entries(values)) tx.update(ITEMS, { id }, { set: { value } });
  }, options);
}

export async function readValue(client: TransactionClient, id: string) {
  const [item] = await client.transactions.read([[ITEMS, { id }]]);
  return item?.value;
}

/** What is in the table under that key, locks and all. */
export function rawItem(world: TransactionWorld, id: string) {
  return world.memory.peek({ table: ITEMS, key: { id: { S: id } } });
}

/** How a promise ended: its value, or the code or message of its error. */
export async function endingOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    return code ?? message;
  }
}

export const one = { maxAttempts: 1 } as const;

export function isOf(id: string): (request: ItemWrite) => boolean {
  return ({ table, key }) => table === ITEMS && textOf(key.id) === id;
}

export function locks(id: string): (request: ItemWrite) => boolean {
  return (request) => {
    return isOf(id)(request) && request.kind === 'update' && request.set?._txl !== undefined;
  };
}

/** What gives an item a value, with or without a lock. */
export function setsValue(id: string): (request: ItemWrite) => boolean {
  return (request) => {
    return isOf(id)(request) && request.kind === 'update' && request.set?.value !== undefined;
  };
}

/** What carries out a decision, or takes a lock away. */
export function unlocks(id: string): (request: ItemWrite) => boolean {
  return (request) => {
    return (
      isOf(id)(request) &&
      request.condition?.some((clause) => 'path' in clause && clause.path.length === 2) === true
    );
  };
}

export function creates(request: ItemWrite): boolean {
  return request.table === HOME.table && request.kind === 'put';
}

export function decides(request: ItemWrite): boolean {
  if (request.table !== HOME.table || request.kind !== 'update') return false;
  return textOf(request.set?.state) === 'committed';
}

export function removesRecord(request: ItemWrite): boolean {
  return request.table === HOME.table && request.kind === 'delete';
}

function textOf(attribute: Attribute | undefined): string | undefined {
  return attribute !== undefined && 'S' in attribute ? attribute.S : undefined;
}

/** Sweeps, with a record's whole retention in between: what is over is forgotten. */
export async function forget(world: TransactionWorld, client: TransactionClient): Promise<void> {
  await client.transactions.sweep();
  await world.clock.advance(0);
  await new Promise<void>((resolve) => world.clock.startTimer(25 * 3_600_000, resolve));
  await client.transactions.sweep();
}
