import type { SeededRandom } from './seeded-random.ts';

/**
 * Every way in which a call of the store can go wrong here. All of them happen on a real network in
 * front of a real table; a protocol has to survive any mixture.
 */
export const FAULT_NAMES = [
  /** The request never reaches the table. Its sender hears nothing. */
  'request-dropped',
  /** The request takes effect and the answer never comes: the fault behind most lock bugs. */
  'answer-lost',
  /** The request is delivered once more, later: a retry of some layer below. */
  'duplicated',
  /** The request is under way for longer than a lease lasts. */
  'delayed',
  /** The sender gives up on a request under way, and it arrives all the same, still later. */
  'late-arrival',
  /** The table is over its capacity. Nothing took effect, and the sender knows. */
  'throttled',
  /** A transaction was at work on the row. Nothing took effect, and the sender knows. */
  'conflicted',
  /** A 5xx answer, and nothing took effect. The sender cannot know. */
  'error-before',
  /** A 5xx answer after the request took effect. The sender cannot know. */
  'error-after',
  /** An eventually consistent read shows the row as it was a while ago, or no row. */
  'stale-read',
  /** An answer has no `Date` header. */
  'date-missing',
  /** The front end that answers has a clock that is off, within the bound that is assumed. */
  'date-skewed',
  /** The table collects an expired row just now. */
  'ttl-deletion',
] as const;

export type FaultName = (typeof FAULT_NAMES)[number];

/** How likely each fault is for a call that it can happen to: 0 never (default), 1 always. */
export type FaultRates = { readonly [name in FaultName]?: number | undefined };

/** A span from which times are drawn evenly, in milliseconds. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What happens to one call on its way to the table and back. */
export type Journey =
  | { readonly kind: 'dropped' }
  | {
      /** The front end answers by itself. */
      readonly kind: 'rejected';
      readonly reason: 'throttled' | 'conflict' | 'unavailable';
      readonly requestMs: number;
      readonly answerMs: number;
    }
  | {
      readonly kind: 'executed';
      readonly requestMs: number;
      readonly answer: 'delivered' | 'lost' | 'error';
      readonly answerMs: number;
      /** How long after the first copy arrives the second one does. */
      readonly duplicateAfterMs: number | undefined;
      /** A read shows the row as it was this long ago. */
      readonly staleMs: number | undefined;
      /** Whether the request is not sent after all when its sender gives up in time. */
      readonly recallable: boolean;
    };

export interface JourneyRanges {
  /** Each way, when nothing is wrong. */
  readonly latency: Range;
  /** The additional time of what is late. */
  readonly lateness: Range;
  /** How far behind a stale read is. */
  readonly staleness: Range;
}

/** What can happen to a call depends on what it is. */
export type CallKind = 'write' | 'consistent-read' | 'eventual-read';

/** Draws journeys at the given rates, and counts the faults in them. */
export class FaultPlan {
  readonly #random: SeededRandom;
  readonly #rates: FaultRates;
  readonly #ranges: JourneyRanges;
  readonly #count: (name: FaultName) => void;

  constructor(
    random: SeededRandom,
    rates: FaultRates,
    ranges: JourneyRanges,
    count: (name: FaultName) => void,
  ) {
    this.#random = random;
    this.#rates = rates;
    this.#ranges = ranges;
    this.#count = count;
  }

  /** Whether a fault should happen now. */
  wants(name: FaultName): boolean {
    const rate = this.#rates[name] ?? 0;
    return rate > 0 && this.#random.chance(rate);
  }

  /** The same for a fault that surely happens when it should: counts it. */
  hits(name: FaultName): boolean {
    const wanted = this.wants(name);
    if (wanted) this.#count(name);
    return wanted;
  }

  latencyMs(): number {
    return this.#within(this.#ranges.latency);
  }

  latenessMs(): number {
    return this.#within(this.#ranges.lateness);
  }

  draw(kind: CallKind): Journey {
    if (this.hits('request-dropped')) return { kind: 'dropped' };
    const requestMs = this.latencyMs();
    const answerMs = this.latencyMs();
    const rejected = this.#rejection(kind);
    if (rejected !== undefined) {
      return { kind: 'rejected', reason: rejected, requestMs, answerMs };
    }
    const delayed = this.hits('delayed');
    return {
      kind: 'executed',
      requestMs: delayed ? requestMs + this.latenessMs() : requestMs,
      answer: this.#answer(),
      answerMs,
      duplicateAfterMs: kind === 'write' && this.hits('duplicated') ? this.latenessMs() : undefined,
      staleMs:
        kind === 'eventual-read' && this.hits('stale-read')
          ? this.#within(this.#ranges.staleness)
          : undefined,
      recallable: !delayed || this.wants('late-arrival'),
    };
  }

  #rejection(kind: CallKind): 'throttled' | 'conflict' | 'unavailable' | undefined {
    if (this.hits('throttled')) return 'throttled';
    if (kind === 'write' && this.hits('conflicted')) return 'conflict';
    if (this.hits('error-before')) return 'unavailable';
    return undefined;
  }

  #answer(): 'delivered' | 'lost' | 'error' {
    if (this.hits('answer-lost')) return 'lost';
    return this.hits('error-after') ? 'error' : 'delivered';
  }

  #within(range: Range): number {
    return this.#random.between(range.fromMs, range.toMs);
  }
}
