import type { GetRequest, QueryRequest, WriteRequest } from '../store/store.ts';
import type { FaultName, Journey } from './fault-plan.ts';

/** A fault that a test asks for by name instead of waiting for chance. */
export type ScriptedFault =
  /** The request never arrives. */
  | { readonly kind: 'drop' }
  /** The request takes effect, and no answer ever comes. */
  | { readonly kind: 'lose-answer' }
  /** The request takes effect, and the answer is a 5xx. */
  | { readonly kind: 'error-after' }
  /** The front end refuses to serve the request. A 5xx is `unavailable`. */
  | { readonly kind: 'reject'; readonly reason: 'throttled' | 'conflict' | 'unavailable' }
  /** The request takes effect, is answered, and arrives a second time `afterMs` later. */
  | { readonly kind: 'duplicate'; readonly afterMs: number }
  /** The request arrives `byMs` later than usual, whether or not its sender still waits. */
  | { readonly kind: 'delay'; readonly byMs: number }
  /** The answer comes `byMs` later than usual. */
  | { readonly kind: 'delay-answer'; readonly byMs: number }
  /** An eventually consistent read shows the row as it was `ageMs` ago. */
  | { readonly kind: 'stale'; readonly ageMs: number };

/** One line of a script. */
export interface ScriptLine {
  /** Whether a call has matched it. */
  readonly hit: boolean;
}

export type StoreRequest = GetRequest | QueryRequest | WriteRequest;

interface Line {
  readonly fault: ScriptedFault;
  readonly matches: (request: StoreRequest) => boolean;
  hit: boolean;
}

/** Faults for particular calls: each line is used once, by the first call that it matches. */
export class FaultScript {
  readonly #lines: Line[] = [];

  add(fault: ScriptedFault, matches: (request: StoreRequest) => boolean): ScriptLine {
    const line: Line = { fault, matches, hit: false };
    this.#lines.push(line);
    return line;
  }

  take(request: StoreRequest): ScriptedFault | undefined {
    const index = this.#lines.findIndex((line) => line.matches(request));
    const [line] = index < 0 ? [] : this.#lines.splice(index, 1);
    if (line !== undefined) line.hit = true;
    return line?.fault;
  }
}

const NAMES: { readonly [kind in ScriptedFault['kind']]: FaultName } = {
  drop: 'request-dropped',
  'lose-answer': 'answer-lost',
  'error-after': 'error-after',
  reject: 'error-before',
  duplicate: 'duplicated',
  delay: 'delayed',
  'delay-answer': 'delayed',
  stale: 'stale-read',
};

const REJECTIONS = {
  throttled: 'throttled',
  conflict: 'conflicted',
  unavailable: 'error-before',
} as const;

/** The name under which a scripted fault is counted. */
export function nameOf(fault: ScriptedFault): FaultName {
  return fault.kind === 'reject' ? REJECTIONS[fault.reason] : NAMES[fault.kind];
}

/** The journey of a call that meets the fault; `usualMs` is the normal latency each way. */
export function journeyOf(fault: ScriptedFault, usualMs: number): Journey {
  const usual = {
    kind: 'executed',
    requestMs: usualMs,
    answer: 'delivered',
    answerMs: usualMs,
    duplicateAfterMs: undefined,
    staleMs: undefined,
    recallable: true,
  } as const;
  switch (fault.kind) {
    case 'drop':
      return { kind: 'dropped' };
    case 'lose-answer':
      return { ...usual, answer: 'lost' };
    case 'error-after':
      return { ...usual, answer: 'error' };
    case 'reject':
      return { kind: 'rejected', reason: fault.reason, requestMs: usualMs, answerMs: usualMs };
    case 'duplicate':
      return { ...usual, duplicateAfterMs: fault.afterMs };
    case 'delay':
      return { ...usual, requestMs: usualMs + fault.byMs, recallable: false };
    case 'delay-answer':
      return { ...usual, answerMs: usualMs + fault.byMs };
    case 'stale':
      return { ...usual, staleMs: fault.ageMs };
  }
}
