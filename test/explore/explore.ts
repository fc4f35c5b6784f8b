import { ChoiceTree, type Chooser, type Share } from './choices.ts';

export interface ExploreOptions {
  /** The most executions to make. @default no limit */
  readonly limit?: number | undefined;
  /** @default all */
  readonly share?: Share | undefined;
}

export interface Exploration {
  readonly executions: number;
  /** Whether every execution was made, none left out because of the limit. */
  readonly complete: boolean;
  /** Decisions of the longest execution. */
  readonly decisionsMax: number;
}

/** An execution that went wrong, and the choices that lead to it again. */
export class ExecutionError extends Error {
  readonly execution: number;
  readonly choices: readonly number[];

  constructor(execution: number, choices: readonly number[], cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    // After the last choice that is not the first option, a replay chooses the first by itself.
    const last = choices.findLastIndex((taken) => taken !== 0);
    const shown = choices.slice(0, last + 1).join(', ');
    super(`execution ${execution}, choices [${shown}]: ${reason}`, { cause });
    this.execution = execution;
    this.choices = choices;
  }
}

/**
 * Runs every execution of a program.
 *
 * @throws ExecutionError on the first execution that throws.
 */
export async function explore(
  run: (chooser: Chooser) => Promise<unknown>,
  options: ExploreOptions = {},
): Promise<Exploration> {
  const { limit = Number.POSITIVE_INFINITY, share } = options;
  const tree = new ChoiceTree(share);
  let executions = 0;
  let decisionsMax = 0;
  while (tree.next()) {
    if (executions >= limit) return { executions, complete: false, decisionsMax };
    try {
      await run(tree);
    } catch (error) {
      throw new ExecutionError(executions + 1, tree.taken(), error);
    }
    decisionsMax = Math.max(decisionsMax, tree.taken().length);
    if (tree.isOurs()) executions += 1;
  }
  return { executions, complete: true, decisionsMax };
}
