/**
 * For tests of programs that use Holdfast: a table in memory, time and chance under control, and
 * every fault of a real network on demand.
 */

export { MemoryItemStore, type MemoryItemStoreOptions } from '../store/memory-item-store.ts';
export { MemoryStore, type MemoryStoreOptions } from '../store/memory-store.ts';
export type { ResumeOrder } from './client-clock.ts';
export { ClientClock, type ClientClockOptions, type ClientState } from './client-clock.ts';
export { FAULT_NAMES, type FaultName, type FaultRates, type Range } from './fault-plan.ts';
export type { ScriptedFault, ScriptLine } from './fault-script.ts';
export { FaultStore, type FaultStoreOptions } from './fault-store.ts';
export { RowHistory } from './row-history.ts';
export { SeededRandom } from './seeded-random.ts';
export { VirtualClock, type VirtualClockOptions } from './virtual-clock.ts';
