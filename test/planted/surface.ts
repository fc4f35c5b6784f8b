/** What tests of planted bugs load: all that users can import, and the parts with a rule of their own. */
export { SlidingMaximum } from '../../lib/core/sliding-maximum.ts';
export { TableClock } from '../../lib/core/table-clock.ts';
export * from '../../lib/index.ts';
export { SilenceObserver } from '../../lib/lease/silence.ts';
export { remainingMs, validityOf } from '../../lib/lease/validity.ts';
export * from '../../lib/testing/index.ts';
