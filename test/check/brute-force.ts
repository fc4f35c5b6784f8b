import type { RealTime } from './dependencies.ts';
import { type History, type Interval, type Operation, precedes } from './history.ts';
import { keysOf, type ListTransaction } from './list-append.ts';
import type { Model } from './model.ts';

/*
 * The two great properties by their definitions, with no cleverness: every order of what certainly
 * happened, with every choice of what may have. For histories of five operations; it exists so that
 * the real checkers have something to agree with.
 */

/** Whether some order respects real time, and the model can follow it. */
export function isLinearizableByDefinition<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
): boolean {
  return hasOrder(
    history.filter(({ kind }) => kind === 'completed'),
    history.filter(({ kind }) => kind === 'unknown'),
    () => true,
    (order) => canReplay(order, model),
  );
}

/** Whether some order of the transactions, one at a time, gives every read that was answered. */
export function isSerializableByDefinition(
  history: readonly ListTransaction[],
  realTime: RealTime,
): boolean {
  return hasOrder(
    history.filter(({ outcome }) => outcome === 'committed'),
    history.filter(({ outcome }) => outcome === 'unknown'),
    (a, b) => realTime === 'all' || (realTime === 'per-item' && shareKey(a, b)),
    givesEveryRead,
  );
}

function hasOrder<Event extends Interval>(
  certain: readonly Event[],
  doubtful: readonly Event[],
  binds: (a: Event, b: Event) => boolean,
  holds: (order: readonly Event[]) => boolean,
): boolean {
  for (let chosen = 0; chosen < 2 ** doubtful.length; chosen += 1) {
    const happened = doubtful.filter((_, index) => (chosen >> index) % 2 === 1);
    for (const order of orders([...certain, ...happened], binds)) if (holds(order)) return true;
  }
  return false;
}

/** Every order in which nothing comes after what it preceded, where real time binds the two. */
function* orders<Event extends Interval>(
  events: readonly Event[],
  binds: (a: Event, b: Event) => boolean,
): Generator<readonly Event[]> {
  if (events.length === 0) yield [];
  for (const [index, first] of events.entries()) {
    if (events.some((other) => precedes(other, first) && binds(other, first))) continue;
    for (const rest of orders(events.toSpliced(index, 1), binds)) yield [first, ...rest];
  }
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

function givesEveryRead(order: readonly ListTransaction[]): boolean {
  const lists = new Map<string, readonly number[]>();
  for (const { outcome, operations } of order) {
    for (const operation of operations) {
      const list = lists.get(operation.key) ?? [];
      if (operation.kind === 'append') lists.set(operation.key, [...list, operation.value]);
      else if (outcome === 'unknown') continue;
      else if (operation.values.join() !== list.join()) return false;
    }
  }
  return true;
}

function shareKey(a: ListTransaction, b: ListTransaction): boolean {
  return [...keysOf(a)].some((key) => keysOf(b).has(key));
}
