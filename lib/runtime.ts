import type { Clock } from './core/clock.ts';
import type { Random } from './core/random.ts';
import type { TableClock } from './core/table-clock.ts';
import type { Store } from './store/store.ts';

/** What a `Holdfast` instance gives to each of its primitives. */
export interface Runtime {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly tableClock: TableClock;
  readonly namespace: string;
  /** Who this process is, in words, for the people who read the table. */
  readonly label: string;
  /** Whether leases renew themselves in the background. */
  readonly renews: boolean;
  readonly requestTimeoutMs: number;
  /** The lease of a caller who asks for none. */
  readonly defaultLeaseMs: () => number;
  /** Aborts when the instance closes. */
  readonly closing: AbortSignal;
}
