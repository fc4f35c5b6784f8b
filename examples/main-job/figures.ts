import { type Succession, successionsIn } from './beliefs.ts';
import { eventsOf, type JobEvent, type JobHistory } from './history.ts';

/** The measures of a run, in milliseconds. */
export interface Figures {
  readonly processes: number;
  readonly grants: number;
  readonly lines: number;
  /** From one holder's release to the next one's grant, in ascending order. */
  readonly handOverMs: readonly number[];
  /** From the kill of a holder to the next grant. */
  readonly lockFailOverMs: readonly number[];
  readonly leaderFailOverMs: readonly number[];
  /** From a leader's resignation to the next one's election, while the work went on. */
  readonly leaderHandOverMs: readonly number[];
  /** Requests of the library in all workers; of the killed ones as far as they had told. */
  readonly requests: number;
}

export function figuresOf({ events, ledger }: JobHistory): Figures {
  const lock = successionsIn('lock', events);
  const election = successionsIn('election', events);
  // At the end they resign one after the other, into a line of those who are going as well.
  const endMs = eventsOf(events, 'asked-to-finish')[0]?.atMs ?? Number.POSITIVE_INFINITY;
  const working = election.filter(({ to }) => to.fromMs < endMs);
  return {
    processes: eventsOf(events, 'started').length,
    grants: eventsOf(events, 'granted').filter(({ of }) => of === 'lock').length,
    lines: ledger.length,
    handOverMs: gapsMs(lock, 'handed-over').sort((a, b) => a - b),
    lockFailOverMs: gapsMs(lock, 'after-kill'),
    leaderFailOverMs: gapsMs(election, 'after-kill'),
    leaderHandOverMs: gapsMs(working, 'handed-over'),
    requests: requestsIn(events),
  };
}

/** The value below which `part` of the ascending values lie. */
export function quantile(ascending: readonly number[], part: number): number | undefined {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * part))];
}

function gapsMs(successions: readonly Succession[], kind: Succession['kind']): number[] {
  return successions.filter((each) => each.kind === kind).map(({ gapMs }) => gapMs);
}

function requestsIn(events: readonly JobEvent[]): number {
  const byProcess = new Map<string, number>();
  for (const event of events) {
    if (event.kind !== 'giving-up' && event.kind !== 'finished') continue;
    byProcess.set(event.process, Math.max(byProcess.get(event.process) ?? 0, event.requests));
  }
  return [...byProcess.values()].reduce((sum, requests) => sum + requests, 0);
}
