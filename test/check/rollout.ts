import type { Interval } from './history.ts';
import { failed, passed, type Verdict } from './verdict.ts';

/** What a head said of a rollout, from some moment on until the next one. */
export interface RolloutState {
  readonly at: number;
  readonly version: number;
  /** The rollout, by its unique name; `undefined`: everybody runs the version. */
  readonly rollout:
    | { readonly name: string; readonly from: number; readonly isAborted: boolean }
    | undefined;
}

/** A process that asked, as of now, which version it runs. */
export interface SideRead extends Interval {
  readonly process: string;
  readonly version: number;
}

type RolloutAnomaly = 'wrong-version' | 'went-back';

/**
 * Whether processes ran what some head of the time of their asking meant them to run, and whoever
 * had changed over in a rollout stayed, unless it was aborted. Facts judged: reads.
 */
export function checkRollout(
  states: readonly RolloutState[],
  reads: readonly SideRead[],
): Verdict<RolloutAnomaly> {
  const sides = new Map<string, { readonly name: string; readonly version: number }>();
  for (const read of reads.toSorted((one, other) => one.returnedAt - other.returnedAt)) {
    const { process, version, calledAt, returnedAt } = read;
    const meant = statesWithin(states, calledAt, returnedAt);
    if (!meant.some((state) => isMeant(state, version))) {
      const heads = meant.map(({ version: newest }) => newest).join(', ');
      const explanation = `${process} ran ${version} at ${returnedAt}, under heads of ${heads}`;
      return failed('wrong-version', explanation);
    }
    const [only] = meant;
    // Several heads leave open which one it was that was read.
    if (meant.length !== 1 || only?.rollout === undefined || only.rollout.isAborted) continue;
    const { name } = only.rollout;
    const side = sides.get(process);
    if (side?.name === name && side.version > version) {
      return failed('went-back', `${process} ran ${version} after ${side.version}, in ${name}`);
    }
    sides.set(process, { name, version });
  }
  return passed(reads.length);
}

function isMeant({ version: newest, rollout }: RolloutState, version: number): boolean {
  if (rollout === undefined) return version === newest;
  return version === rollout.from || (version === newest && !rollout.isAborted);
}

/** The state at the beginning of an interval, and all that began within it. */
function statesWithin(
  states: readonly RolloutState[],
  from: number,
  to: number,
): readonly RolloutState[] {
  const first = Math.max(
    0,
    states.findLastIndex(({ at }) => at < from),
  );
  return states.slice(first).filter(({ at }) => at <= to);
}
