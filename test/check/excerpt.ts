import type { History, Operation } from './history.ts';

/** How to print an operation's input and, when there is one, its output. */
export type Describe<Input, Output> = (operation: Operation<Input, Output>) => string;

export interface ExcerptOptions<Input, Output> {
  readonly describe?: Describe<Input, Output>;
  /** The most operations to print: the last ones called. */
  readonly lines?: number;
}

/**
 * A history as text, one operation a line in the order of calls. Long ones lose their beginning,
 * because a contradiction shows at the end.
 */
export function excerpt<Input, Output>(
  history: History<Input, Output>,
  options: ExcerptOptions<Input, Output> = {},
): string {
  const { describe = asJson, lines = 16 } = options;
  const ordered = [...history].sort((a, b) => a.calledAt - b.calledAt);
  const shown = ordered.slice(-lines);
  const times = shown.map((operation) => timesOf(operation));
  const timeWidth = Math.max(0, ...times.map((text) => text.length));
  const processWidth = Math.max(0, ...shown.map((operation) => operation.process.length));
  const rows = shown.map((operation, index) => {
    const time = (times[index] ?? '').padEnd(timeWidth);
    return `  ${time}  ${operation.process.padEnd(processWidth)}  ${describe(operation)}`;
  });
  const hidden = ordered.length - shown.length;
  return hidden === 0 ? rows.join('\n') : [`  (${hidden} earlier)`, ...rows].join('\n');
}

function timesOf(operation: Operation<unknown, unknown>): string {
  return `${operation.calledAt}..${operation.kind === 'unknown' ? '?' : operation.returnedAt}`;
}

function asJson(operation: Operation<unknown, unknown>): string {
  const input = JSON.stringify(operation.input);
  if (operation.kind === 'unknown') return `${input} -> unknown`;
  return `${input} -> ${JSON.stringify(operation.output) ?? 'done'}`;
}
