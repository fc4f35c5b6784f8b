import type { WriteRequest } from './store.ts';

/** One request that a store has made, for tests that count requests and capacity units. */
export interface ObservedRequest {
  readonly operation: 'get' | 'query' | 'transact-get' | 'transact-write' | WriteRequest['kind'];
  /** Units consumed, read or write by the operation; absent when the answer did not say. */
  readonly capacityUnits?: number | undefined;
}

/** Called once for each request, when its outcome is known. It must not throw. */
export type RequestObserver = (request: ObservedRequest) => void;
