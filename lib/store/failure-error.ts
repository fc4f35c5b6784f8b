import { HoldfastError, type HoldfastErrorCode } from '../errors.ts';
import type { StoreFailure, StoreFailureReason } from './store.ts';

const CODES: Record<StoreFailureReason, HoldfastErrorCode> = {
  'access-denied': 'access-denied',
  'table-missing': 'table-missing',
  'invalid-request': 'row-invalid',
  unsupported: 'native-unsupported',
  throttled: 'store-unavailable',
  conflict: 'store-unavailable',
  timeout: 'store-unavailable',
  aborted: 'store-unavailable',
  unavailable: 'store-unavailable',
};

/** The error for an operation that ends because of `failure`. */
export function errorOfFailure(operation: string, failure: StoreFailure): HoldfastError {
  const message = `${operation}: ${failure.reason}: ${failure.message}`;
  return new HoldfastError(CODES[failure.reason], message, { cause: failure.cause });
}
