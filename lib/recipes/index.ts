/**
 * Recipes beyond locks and elections, kept out of the core so that nobody pays for them at a cold
 * start who does not use them.
 */

export {
  type PermitHolder,
  PermitsHold,
  type Semaphore,
  type TryPermitResult,
} from '../lock/semaphore.ts';
export type {
  PermitOptions,
  SemaphoreOptions,
  WaitingPermitOptions,
} from '../lock/semaphore-options.ts';
export { semaphore } from './semaphore.ts';
