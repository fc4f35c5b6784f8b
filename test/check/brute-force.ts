import { type History, type Operation, precedes } from './history.ts';
import type { Model } from './model.ts';

/**
 * Linearizability by its definition, with no cleverness: tries every order of the completed
 * operations with every choice of the unknown ones. For histories of five operations; it exists so
 * that the real checker has something to agree with.
 */
export function isLinearizableByDefinition<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
): boolean {
  const certain = history.filter((operation) => operation.kind === 'completed');
  const doubtful = history.filter((operation) => operation.kind === 'unknown');
  return subsets(doubtful).some((chosen) =>
    permutations([...certain, ...chosen]).some(
      (order) => respectsRealTime(order) && canReplay(order, model),
    ),
  );
}

function subsets<Element>(elements: readonly Element[]): Element[][] {
  return elements.reduce<Element[][]>(
    (found, element) => [...found, ...found.map((subset) => [...subset, element])],
    [[]],
  );
}

function permutations<Element>(elements: readonly Element[]): Element[][] {
  if (elements.length === 0) return [[]];
  return elements.flatMap((first, index) =>
    permutations(elements.toSpliced(index, 1)).map((rest) => [first, ...rest]),
  );
}

function respectsRealTime(order: readonly Operation<unknown, unknown>[]): boolean {
  return order.every((later, index) =>
    order.slice(0, index).every((earlier) => !precedes(later, earlier)),
  );
}

function canReplay<State, Input, Output>(
  order: readonly Operation<Input, Output>[],
  model: Model<State, Input, Output>,
): boolean {
  let states: readonly State[] = [model.initial];
  for (const operation of order) {
    states = states.flatMap((state) => model.step(state, operation));
  }
  return states.length > 0;
}
