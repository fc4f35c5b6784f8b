import { excerpt } from './excerpt.ts';
import { type History, type Operation, partition, prefixUntil } from './history.ts';
import type { Model } from './model.ts';
import { Search, type SearchResult, type Step } from './search.ts';
import { type Failed, failed, type Passed, passed } from './verdict.ts';

export type LinearizabilityVerdict<Input, Output> =
  | Passed
  /** The work exceeded its limit. Not a pass: shorten the history, or raise the limit. */
  | Failed<'undecided'>
  | NotLinearizable<Input, Output>;

export interface NotLinearizable<Input, Output> extends Failed<'not-linearizable'> {
  /** The longest prefix for which an order exists, in such an order. */
  readonly linearizable: readonly Operation<Input, Output>[];
  /** The shortest prefix for which none does, in order of calls. */
  readonly failing: History<Input, Output>;
}

export interface SearchOptions {
  /** How many configurations to visit before giving up; about 200 bytes and 1 us each. */
  readonly limit?: number;
}

const DEFAULT_LIMIT = 500_000;

/**
 * Whether the operations can each have taken effect at one instant between call and return, so
 * that the model explains every answer. Facts judged: completed operations.
 */
export function checkLinearizable<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
  options: SearchOptions = {},
): LinearizabilityVerdict<Input, Output> {
  const { limit = DEFAULT_LIMIT } = options;
  const result = new Search(history, model, limit).run();
  switch (result.kind) {
    case 'found':
      return passed(history.filter((operation) => operation.kind === 'completed').length);
    case 'gave-up':
      return undecided(history.length, limit);
    case 'none':
      return explain(shrink(history, model, limit), model);
  }
}

/** Judges each object of a history by itself. Facts judged: completed operations of all. */
export function checkEachLinearizable<State, Input, Output>(
  history: History<Input, Output>,
  keyOf: (input: Input) => string,
  model: Model<State, Input, Output>,
  options: SearchOptions = {},
): LinearizabilityVerdict<Input, Output> {
  let checked = 0;
  for (const [key, part] of partition(history, keyOf)) {
    const verdict = checkLinearizable(part, model, options);
    if (!verdict.ok) return { ...verdict, explanation: `${key}: ${verdict.explanation}` };
    checked += verdict.checked;
  }
  return passed(checked);
}

interface Shrunk<State, Input, Output> {
  readonly order: readonly Step<State, Input, Output>[];
  readonly failing: History<Input, Output>;
}

/**
 * Finds the first return at which the history became impossible, by bisection: a prefix of a
 * linearizable history is linearizable, with what is under way in it unknown.
 */
function shrink<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
  limit: number,
): Shrunk<State, Input, Output> {
  const moments = momentsOfReturn(history);
  let order: readonly Step<State, Input, Output>[] = [];
  let good = -1;
  let bad = moments.length - 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    const prefix = prefixUntil(history, moments[middle] ?? 0);
    const result: SearchResult<State, Input, Output> = new Search(prefix, model, limit).run();
    if (result.kind === 'none') bad = middle;
    else good = middle;
    if (result.kind === 'found') order = result.order;
  }
  const failing = [...prefixUntil(history, moments[bad] ?? 0)];
  return { order, failing: failing.sort((a, b) => a.calledAt - b.calledAt) };
}

function momentsOfReturn(history: History<unknown, unknown>): readonly number[] {
  const moments = new Set(history.map((operation) => operation.returnedAt));
  moments.delete(Number.POSITIVE_INFINITY);
  return [...moments].sort((a, b) => a - b);
}

function explain<State, Input, Output>(
  { order, failing }: Shrunk<State, Input, Output>,
  model: Model<State, Input, Output>,
): NotLinearizable<Input, Output> {
  const last = Math.max(
    ...failing.filter(({ kind }) => kind === 'completed').map(({ returnedAt }) => returnedAt),
  );
  const culprits = failing.filter((operation) => operation.returnedAt === last);
  const linearizable = order.map((step) => step.operation);
  const state = order.at(-1)?.state ?? model.initial;
  const explanation = [
    `no order explains ${culprits.map((culprit) => model.describe(culprit)).join(', ')}`,
    excerpt(failing, { describe: (operation) => model.describe(operation) }),
    `  Every answer before is explained by this order, which leaves ${model.identify(state)}:`,
    `  ${tail(linearizable, model)}`,
  ].join('\n');
  return { ...failed('not-linearizable', explanation), linearizable, failing };
}

function tail<State, Input, Output>(
  order: readonly Operation<Input, Output>[],
  model: Model<State, Input, Output>,
): string {
  const shown = order.slice(-8).map((operation) => model.describe(operation));
  return `${order.length > 8 ? '... ' : ''}${shown.join('; ')}`;
}

function undecided(operations: number, limit: number): Failed<'undecided'> {
  return failed(
    'undecided',
    `${operations} operations, and still no answer after ${limit} configurations`,
  );
}
