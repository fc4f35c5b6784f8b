import { groupBy } from './group-by.ts';

/**
 * The common format of histories: what clients asked, what they were told, and when. Times are
 * moments of one clock that all operations of a history share. Any unit will do where only the
 * order matters; {@link eventCounter} orders better than any clock.
 *
 * One operation came before another when it returned *strictly* before the other was called.
 * Equal times count as concurrent: a checker may then miss an anomaly, but never invents one.
 */
export interface Interval {
  readonly calledAt: number;
  /** `Infinity` when no answer came: the effect may come at any later time, or never. */
  readonly returnedAt: number;
}

export type Operation<Input, Output> = CompletedOperation<Input, Output> | UnknownOperation<Input>;

/** An operation whose answer came. One that certainly had no effect belongs in no history. */
export interface CompletedOperation<Input, Output> extends Interval {
  readonly kind: 'completed';
  readonly process: string;
  readonly input: Input;
  readonly output: Output;
}

/** An operation that took effect at some time after its call, or that never will. */
export interface UnknownOperation<Input> extends Interval {
  readonly kind: 'unknown';
  readonly process: string;
  readonly input: Input;
}

export type History<Input, Output> = readonly Operation<Input, Output>[];

export function completed<Input, Output>(
  process: string,
  calledAt: number,
  returnedAt: number,
  input: Input,
  output: Output,
): CompletedOperation<Input, Output> {
  if (!(calledAt <= returnedAt)) throw new RangeError(`${calledAt} is after ${returnedAt}`);
  return { kind: 'completed', process, calledAt, returnedAt, input, output };
}

export function unknown<Input>(
  process: string,
  calledAt: number,
  input: Input,
): UnknownOperation<Input> {
  return { kind: 'unknown', process, calledAt, returnedAt: Number.POSITIVE_INFINITY, input };
}

/** Whether `first` was over before `second` began, so that no observer may see them swapped. */
export function precedes(first: Interval, second: Interval): boolean {
  return first.returnedAt < second.calledAt;
}

/** The history as it stood at `moment`: what had not returned by then is unknown. */
export function prefixUntil<Input, Output>(
  history: History<Input, Output>,
  moment: number,
): History<Input, Output> {
  return history
    .filter((operation) => operation.calledAt <= moment)
    .map((operation) =>
      operation.returnedAt <= moment
        ? operation
        : unknown(operation.process, operation.calledAt, operation.input),
    );
}

/**
 * Splits a history by what its operations are about. Linearizability is local: an object is
 * judged without the others, which turns one hopeless search into many small ones.
 */
export function partition<Input, Output>(
  history: History<Input, Output>,
  keyOf: (input: Input) => string,
): ReadonlyMap<string, History<Input, Output>> {
  return groupBy(history, ({ input }) => keyOf(input));
}
