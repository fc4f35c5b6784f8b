import { type EventOf, eventsOf, type JobEvent } from './history.ts';
import type { Prize } from './messages.ts';

/** A stretch of time in which a process took itself for the holder, or the leader. */
export interface Belief {
  readonly process: string;
  readonly token: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly end:
    | 'given-up'
    | 'lost'
    /** With its process, by our hand. */
    | 'killed'
    /** It goes on. */
    | 'open';
}

/** All beliefs in one prize, in the order in which they began. */
export function beliefsIn(prize: Prize, events: readonly JobEvent[]): Belief[] {
  const killed = new Set(eventsOf(events, 'killed').map((event) => event.process));
  return events
    .flatMap((grant, index): Belief[] => {
      if (grant.kind !== 'granted' || grant.of !== prize) return [];
      return [beliefOf(grant, events.slice(index), killed)];
    })
    .sort((a, b) => a.fromMs - b.fromMs);
}

/** The belief that a grant began, ended by the first of the process's later events that ends it. */
function beliefOf(
  { of, process, token, atMs }: EventOf<'granted'>,
  later: readonly JobEvent[],
  killed: ReadonlySet<string>,
): Belief {
  const begun = { process, token, fromMs: atMs };
  for (const event of later) {
    if (event.process !== process) continue;
    if (event.kind === 'exited') {
      // When exactly it died nobody knows; when that was known, it was dead.
      return { ...begun, untilMs: event.atMs, end: killed.has(process) ? 'killed' : 'lost' };
    }
    if (event.kind !== 'giving-up' && event.kind !== 'lost') continue;
    if (event.of !== of || event.token !== token) continue;
    if (event.kind === 'giving-up') return { ...begun, untilMs: event.atMs, end: 'given-up' };
    // A process that stood still hears of its loss late; it had promised less.
    return { ...begun, untilMs: Math.min(event.atMs, event.believedUntilMs), end: 'lost' };
  }
  return { ...begun, untilMs: Number.POSITIVE_INFINITY, end: 'open' };
}

/** Two beliefs at the same time, if there are any. `beliefs` in the order in which they began. */
export function overlapOf(beliefs: readonly Belief[]): readonly [Belief, Belief] | undefined {
  let longest: Belief | undefined;
  for (const next of beliefs) {
    if (longest !== undefined && next.fromMs < longest.untilMs) return [longest, next];
    if (longest === undefined || next.untilMs > longest.untilMs) longest = next;
  }
  return undefined;
}

/** From one belief to the next. */
export interface Succession {
  readonly from: Belief;
  readonly to: Belief;
  /** From giving up, or from the signal that killed or stopped the process, to the next grant. */
  readonly gapMs: number;
  readonly kind: 'handed-over' | 'after-kill' | 'after-stop' | 'after-loss';
}

/** The successions of one prize, in order. */
export function successionsIn(prize: Prize, events: readonly JobEvent[]): Succession[] {
  const beliefs = beliefsIn(prize, events);
  return beliefs.slice(1).map((to, index): Succession => {
    const from = beliefs[index] ?? to;
    if (from.end === 'given-up') {
      return { from, to, gapMs: to.fromMs - from.untilMs, kind: 'handed-over' };
    }
    const signal = events.find(
      ({ kind, process, atMs }) =>
        (kind === 'killed' || kind === 'stopped') &&
        process === from.process &&
        atMs >= from.fromMs &&
        atMs <= to.fromMs,
    );
    if (signal === undefined) {
      return { from, to, gapMs: to.fromMs - from.untilMs, kind: 'after-loss' };
    }
    const kind = signal.kind === 'killed' ? 'after-kill' : 'after-stop';
    return { from, to, gapMs: to.fromMs - signal.atMs, kind };
  });
}
