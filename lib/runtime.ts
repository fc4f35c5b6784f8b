import type { Clock } from './core/clock.ts';
import type { Random } from './core/random.ts';
import type { TableClock } from './core/table-clock.ts';
import { InvalidArgumentError } from './errors.ts';
import type { CloseReport } from './lease/close.ts';
import type { Store } from './store/store.ts';
import type { HeadPoller } from './watch/head-poller.ts';
import type { HintTransport } from './watch/hints.ts';

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
  /** Brings hints that a head row has changed, if anything does. */
  readonly hints: HintTransport | undefined;
  /** What looks at head rows, by key: one for each row, whoever wants to know. */
  readonly headPollers: Map<string, HeadPoller<unknown>>;
  /** Settings of the SDK's client; `undefined` where the store was given. */
  readonly clientConfig: object | undefined;
  /** The lease of a caller who asks for none. */
  readonly defaultLeaseMs: () => number;
  /** Aborts when the instance closes. */
  readonly closing: AbortSignal;
  /** What else there is to release when it closes, in answers of the same kind. */
  readonly closers: Set<() => Promise<CloseReport>>;
}

const RUNTIMES = new WeakMap<object, Runtime>();

/** Lets primitives that are not part of the core find what an instance gives to its own. */
export function shareRuntime(instance: object, runtime: Runtime): void {
  RUNTIMES.set(instance, runtime);
}

/** @throws InvalidArgumentError for anything that is not an instance made by this very package. */
export function runtimeOf(instance: object): Runtime {
  const runtime = RUNTIMES.get(instance);
  if (runtime !== undefined) return runtime;
  throw new InvalidArgumentError('holdfast', 'a Holdfast of this copy of the package', instance);
}
