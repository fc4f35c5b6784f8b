import type { Operation } from './history.ts';

/** Stands for a state; compared by `===`. */
export type StateId = string | number | null;

/**
 * A sequential object: what it would do if operations took effect one at a time. It may leave
 * several outcomes open, because an operation without an answer does.
 */
export interface Model<State, Input, Output> {
  readonly initial: State;

  /**
   * The states in which the object may be after the operation took effect in `state`; none when
   * it could not have answered so. For an unknown outcome: every state to which it could lead.
   */
  step(state: State, operation: Operation<Input, Output>): readonly State[];

  /** Equal for equal states, different for different ones. */
  identify(state: State): StateId;

  /** The operation in words, for explanations. */
  describe(operation: Operation<Input, Output>): string;
}
