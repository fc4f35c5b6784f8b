export type { Clock, Timer, TimerOptions } from './core/clock.ts';
export type { Random } from './core/random.ts';
export { Election } from './election/election.ts';
export type { Leader } from './election/leader.ts';
export { Leadership, type TransferResult } from './election/leadership.ts';
export {
  AcquireTimeoutError,
  ClosedError,
  HoldfastError,
  type HoldfastErrorCode,
  InvalidArgumentError,
  isHoldfastError,
  type LeaseLossReason,
  LeaseLostError,
} from './errors.ts';
export { Holdfast } from './holdfast.ts';
export type { InvocationContext } from './invocation.ts';
export type { CloseReport, UnreleasedHold } from './lease/close.ts';
export type { FenceableInput, Fenced, Guard } from './lease/fencing.ts';
export type { ReleaseResult } from './lease/give-up.ts';
export { Session } from './lease/session.ts';
export { type Holder, Lock, LockHold, type TryAcquireResult } from './lock/lock.ts';
export type {
  HoldfastOptions,
  LeaseOptions,
  ObserveOptions,
  SessionOptions,
  WaitingOptions,
} from './options.ts';
export type {
  Answer,
  CallOptions,
  GetRequest,
  GetResult,
  Store,
  StoreFailure,
  StoreFailureReason,
  WriteRequest,
  WriteResult,
} from './store/store.ts';
export type { Item, Key, Value } from './store/value.ts';
export type { Hint, HintSubscriber, HintTopic, HintTransport } from './watch/hints.ts';
