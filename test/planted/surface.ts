/** What tests with planted bugs load: all that users import, and parts with rules of their own. */
export { errorsOfEntries } from '../../functions/fanout/entries.ts';
export { fanOut } from '../../functions/fanout/fan-out.ts';
export { SlidingMaximum } from '../../lib/core/sliding-maximum.ts';
export { TableClock } from '../../lib/core/table-clock.ts';
export * from '../../lib/config/index.ts';
export { killBeat } from '../../lib/group/beat-row.ts';
export { group } from '../../lib/group/index.ts';
export { changeMember, deleteMember, putMember } from '../../lib/group/member-row.ts';
export { allow, claimSweep } from '../../lib/group/sweep-row.ts';
export * from '../../lib/index.ts';
export { SilenceObserver } from '../../lib/lease/silence.ts';
export { remainingMs, validityOf } from '../../lib/lease/validity.ts';
export { StreamBridge } from '../../lib/local/stream-bridge/stream-bridge.ts';
export * from '../../lib/naming/index.ts';
export * from '../../lib/recipes/index.ts';
export { runtimeOf } from '../../lib/runtime.ts';
export * from '../../lib/testing/index.ts';
export { headPoller } from '../../lib/watch/head-poller.ts';
