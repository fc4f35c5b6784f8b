import type { Runtime } from './runtime.ts';
import type { LockSettlement } from './store/lock-aware-store.ts';
import type { CallOptions, WriteRequest } from './store/store.ts';
import type { Item } from './store/value.ts';

/** Sees to a transaction's lock in `item`, which has refused `request`. */
export type LockSettler = (
  runtime: Runtime,
  request: WriteRequest,
  item: Item,
  options: CallOptions,
) => Promise<LockSettlement>;

let known: LockSettler | undefined;

/** Who uses transactions has loaded what sees to their locks: then nothing is loaded on demand. */
export function offerLockSettler(settler: LockSettler): void {
  known = settler;
}

/** What sees to the locks of transactions, loaded now if it was not before. */
export async function lockSettler(): Promise<LockSettler> {
  // Most programs never meet a transaction's lock, and should not load this at a cold start.
  known ??= (await import('./transaction/row-locks.ts')).settleRowLock;
  return known;
}
