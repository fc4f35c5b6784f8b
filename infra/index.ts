/**
 * The construct that provisions what the library needs, for AWS CDK apps. How to deploy, what it
 * costs and what to do when an alarm rings: `docs/operations.md`.
 */
export { FanOut } from './fan-out.ts';
export { GarbageSweep } from './garbage-sweep.ts';
export type { NamespaceProps } from './grants.ts';
export { Holdfast } from './holdfast.ts';
export type { AlarmProps, Bus, GuardedRollout, HoldfastProps, PushProps } from './props.ts';
