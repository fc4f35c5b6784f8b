import type { LedgerLine } from './ledger.ts';
import type { WorkerReport } from './messages.ts';

/** Something that happened to or in a process, at a time of `machineMs()`. */
export type JobEvent = ProcessEvent | ObservedEvent;

/** What a worker reported, or the main process did to it. */
export type ProcessEvent = { readonly process: string } & (
  | WorkerReport
  | { readonly kind: 'started'; readonly atMs: number }
  /** SIGKILL, sent just after `atMs`. */
  | { readonly kind: 'killed'; readonly atMs: number }
  /** SIGSTOP, sent just before `atMs`. */
  | { readonly kind: 'stopped'; readonly atMs: number }
  /** SIGCONT, sent just after `atMs`. */
  | { readonly kind: 'resumed'; readonly atMs: number }
  /** Asked to give everything up and to end. */
  | { readonly kind: 'asked-to-finish'; readonly atMs: number }
  /** The process has ended, some time before `atMs`. */
  | { readonly kind: 'exited'; readonly atMs: number }
);

/** What the observer in the main process saw of the election. `process` is the leader's label. */
export interface ObservedEvent {
  readonly kind: 'observed';
  readonly atMs: number;
  readonly process: string | undefined;
  readonly term: number;
  readonly version: number;
  readonly lines: number;
}

/** Everything that the verdict is based on. */
export interface JobHistory {
  readonly events: readonly JobEvent[];
  /** The ledger file. */
  readonly ledger: readonly LedgerLine[];
  /** The ledger as a keeper that looks at no token would have it. */
  readonly unfenced: readonly LedgerLine[];
  readonly leaseMs: number;
}

export type EventOf<Kind extends JobEvent['kind']> = Extract<JobEvent, { readonly kind: Kind }>;

export function eventsOf<Kind extends JobEvent['kind']>(
  events: readonly JobEvent[],
  kind: Kind,
): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.kind === kind);
}
