import { absent, and } from './condition.ts';
import { ATTRIBUTE, STUB_FIELD } from './schema.ts';
import type {
  CallOptions,
  GetRequest,
  GetResult,
  QueryRequest,
  QueryResult,
  Store,
  StoreFailure,
  WriteRequest,
  WriteResult,
} from './store.ts';
import type { Item } from './value.ts';

/** What became of a transaction's lock that a write has met. */
export type LockSettlement =
  /** It is out of the way: the write is worth sending again. */
  | { readonly kind: 'repeat' }
  /** The row would refuse the write without the lock, too. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed'; readonly failure: StoreFailure };

/** Sees to the lock in `item`, which has refused `request`. */
export type SettleLock = (
  request: WriteRequest,
  item: Item,
  options: CallOptions,
) => Promise<LockSettlement>;

/** After so many locks one after another the row is taken for busy. */
const LOCKS_MAX = 16;

/**
 * A store whose writes respect the locks of transactions (rule 11): each asks for the absence of
 * one, and the transaction that it meets is finished or ended first. Here and not in each write, so
 * that none can forget it; those that may pass say so.
 */
export class LockAwareStore implements Store {
  readonly table: string;
  readonly #inner: Store;
  readonly #settle: SettleLock;

  constructor(inner: Store, settle: SettleLock) {
    this.table = inner.table;
    this.#inner = inner;
    this.#settle = settle;
  }

  async get(request: GetRequest, options: CallOptions = {}): Promise<GetResult> {
    const result = await this.#inner.get(request, options);
    return result.kind === 'found' && isStub(result.item) ? { kind: 'missing' } : result;
  }

  async query(request: QueryRequest, options: CallOptions = {}): Promise<QueryResult> {
    const result = await this.#inner.query(request, options);
    if (result.kind === 'failed') return result;
    return { ...result, items: result.items.filter((item) => !isStub(item)) };
  }

  async write(request: WriteRequest, options: CallOptions = {}): Promise<WriteResult> {
    if ('passesLocks' in request && request.passesLocks) return this.#inner.write(request, options);
    const condition = and(request.condition, absent(ATTRIBUTE.transactionLock));
    for (let locks = 0; ; locks += 1) {
      const result = await this.#inner.write({ ...request, condition }, options);
      const item = result.kind === 'refused' ? result.item : undefined;
      if (item?.[ATTRIBUTE.transactionLock] === undefined) return result;
      const settled = await this.#settle(request, item, options).catch(unsettled);
      if (settled.kind === 'failed') return settled;
      if (settled.kind === 'refused')
        return isStub(item) ? { kind: 'refused', item: undefined } : result;
      if (locks === LOCKS_MAX) return unsettled(locks);
    }
  }
}

/** No call of a store rejects: what went wrong is an answer like the others. */
function unsettled(cause: unknown): LockSettlement & { readonly kind: 'failed' } {
  const message = `transaction: ${cause}`;
  return { kind: 'failed', failure: { reason: 'conflict', retryable: true, message } };
}

/** Whether a row is nothing but a lock on a key that has none. */
export function isStub({ [ATTRIBUTE.transactionLock]: lock }: Item): boolean {
  return typeof lock === 'object' && lock !== null && STUB_FIELD in lock;
}
