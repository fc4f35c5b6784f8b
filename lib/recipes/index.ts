/**
 * Recipes beyond locks and elections, kept out of the core so that nobody pays for them at a cold
 * start who does not use them.
 */

export type { ArriveOptions, Barrier, BarrierOptions } from '../lock/barrier.ts';
export type { Control, RevokeRequest } from '../lock/control.ts';
export type { CircleLink, Place } from '../lock/deadlock.ts';
export type { DoubleBarrier } from '../lock/double-barrier.ts';
export type { ExplainedHolder, ExplainedWaiter, Explanation } from '../lock/explain.ts';
export type { CountDownResult, Latch, LatchOptions, MeetingWaitOptions } from '../lock/latch.ts';
export type { LockSet, TryLocksResult } from '../lock/lock-set.ts';
export { LocksHold } from '../lock/locks-hold.ts';
export type { ExportedHold, ExportOptions } from '../lock/portable-hold.ts';
export { ReadHold, WriteHold } from '../lock/read-write-hold.ts';
export type { LockSide, ReadWriteLock, TrySideResult } from '../lock/read-write-lock.ts';
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
export { barrier } from './barrier.ts';
export { control, type RevokeOptions, type RevokeResult, revoke, revoked } from './control.ts';
export { doubleBarrier } from './double-barrier.ts';
export { explain } from './explain.ts';
export { ItemHold, type LockedItemChanges } from './item-hold.ts';
export { latch } from './latch.ts';
export {
  type ItemHolder,
  LockedItem,
  LockedItems,
  type LockedItemsOptions,
  lockedItems,
  type TryItemResult,
} from './locked-items.ts';
export { type LocksOptions, locks } from './locks.ts';
export { adopt, exportHold } from './portable.ts';
export { readWriteLock } from './read-write-lock.ts';
export { semaphore } from './semaphore.ts';
