import type { Runtime } from '../runtime.ts';
import { evaluateCondition } from '../store/evaluate.ts';
import { isStub, type LockSettlement } from '../store/lock-aware-store.ts';
import { attributesOfRow } from '../store/row-attributes.ts';
import { RowItems } from '../store/row-items.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import type { CallOptions, StoreFailureReason, WriteRequest } from '../store/store.ts';
import type { Item } from '../store/value.ts';
import { Conflict } from './errors.ts';
import { Gateway } from './gateway.ts';
import { lockOf } from './lock.ts';
import { DEFAULT_ORPHAN_MS } from './options.ts';
import { nameOfRow } from './record.ts';
import { type Party, Resolver } from './resolver.ts';

/**
 * Sees to a transaction's lock that has refused a write of the library's own. Loaded by the core
 * when it meets one, so it knows the table only through the store that the core has.
 *
 * What is decided is carried out, what is dead is removed. A transaction that is fenced by the very
 * hold that the write ends, takes or passes on is ended at once: the write would not be due if the
 * hold were good for longer. Any other has the right of way while it shows signs of life.
 */
export async function settleRowLock(
  runtime: Runtime,
  { condition, ...request }: WriteRequest,
  item: Item,
  { signal }: CallOptions,
): Promise<LockSettlement> {
  const { store, namespace } = runtime;
  const visible = isStub(item) ? undefined : item;
  if (condition !== undefined && !evaluateCondition(condition, visible)) return { kind: 'refused' };
  const { pk, sk } = request.kind === 'put' ? request.item : request.key;
  const place = { table: store.table, key: attributesOfRow({ pk, sk }) };
  const lock = lockOf(attributesOfRow(item));
  if (lock === undefined) return failed('conflict', `${pk}: a lock of unknown shape`);
  const home = { table: store.table, namespace };
  const resolver = new Resolver(new Gateway(runtime, new RowItems(store)), home, DEFAULT_ORPHAN_MS);
  // Of many who hold parts of one row nobody's hold ends because another's begins.
  const isExclusive = item[ATTRIBUTE.owner] !== undefined;
  const party: Party = {
    ...YOUNGEST,
    fence: isExclusive ? { row: nameOfRow({ pk, sk }), token: LATEST } : undefined,
  };
  try {
    await resolver.clear(place, lock, party, signal);
    return { kind: 'repeat' };
  } catch (cause) {
    if (signal?.aborted === true) return failed('aborted', 'the caller gave up', cause);
    if (cause instanceof Conflict) return failed('conflict', cause.message, cause);
    throw cause;
  }
}

/** Waits for every transaction, since it is none itself. */
const YOUNGEST = { sinceMs: Number.POSITIVE_INFINITY, firstId: '' };
const LATEST = Number.POSITIVE_INFINITY;

function failed(reason: StoreFailureReason, message: string, cause?: unknown): LockSettlement {
  const retryable = reason !== 'aborted';
  return { kind: 'failed', failure: { reason, retryable, message, cause } };
}
