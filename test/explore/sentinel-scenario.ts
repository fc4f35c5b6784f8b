import {
  BOUND_MS,
  QUIET_MS,
  SentinelStage,
  type Sentinels,
  VISIBILITY_MS,
} from '../unit/support/sentinels.ts';
import type { Chooser } from './choices.ts';
import type { FaultBudget } from './schedule.ts';

export interface SentinelScenario {
  /** A process of the function may die before or after each step, and a message come twice. */
  readonly faults: Pick<FaultBudget, 'crashes' | 'duplicates'>;
  /** @default as it is */
  readonly library?: Sentinels;
}

/** Faults that can befall the sentinel. */
export const SENTINEL_FAULTS: readonly string[] = ['crashes', 'duplicates'];

/**
 * One execution of a group of which one lives and one dies: the dead one is found in time by the
 * one chain of messages that there is, which ends with the group. Returns how many steps the
 * function made; throws when a guarantee is broken.
 */
export async function runSentinelScenario(
  { faults, library }: SentinelScenario,
  chooser: Chooser,
): Promise<number> {
  const stage = new SentinelStage(library);
  const accidents = new Accidents(stage, faults, chooser);
  const [living, dying] = await stage.actors('a', 'b');
  const membership = await stage.enters(living);
  await stage.enters(dying);
  dying.die();
  // Each crash may come upon the message that has just been handed out again.
  const lateMs = VISIBILITY_MS * (faults.crashes ?? 0);
  await stage.advance(BOUND_MS + lateMs);
  if (stage.isMember('b')) throw new Error('the dead one was not found');
  await accidents.hold(() => stage.advance(QUIET_MS));
  if (stage.links !== 1) throw new Error(`there are ${stage.links} chains`);
  await stage.run(membership.leave());
  await stage.advance(QUIET_MS + lateMs);
  await accidents.hold(() => stage.advance(QUIET_MS));
  const isOver = !stage.chain.runs && stage.queue.pending.length === 0;
  if (!isOver) throw new Error('the chain goes on for nobody');
  if (stage.queue.dead.length > 0) throw new Error('a message was given up');
  return stage.steps;
}

/** What befalls the processes of the function and their queue, as often as the budget says. */
class Accidents {
  readonly #left: { crashes: number; duplicates: number };
  readonly #chooser: Chooser;
  #isCalm = false;

  constructor(
    stage: SentinelStage,
    { crashes = 0, duplicates = 0 }: SentinelScenario['faults'],
    chooser: Chooser,
  ) {
    this.#left = { crashes, duplicates };
    this.#chooser = chooser;
    stage.crashAt = () => this.#draw('crashes', [undefined, 'before', 'after']);
    stage.queue.copies = () => this.#draw('duplicates', [1, 2]);
  }

  /** Nothing happens meanwhile: where there are no copies, one chain can be told from two. */
  async hold(work: () => Promise<void>): Promise<void> {
    this.#isCalm = true;
    await work();
    this.#isCalm = false;
  }

  #draw<Outcome>(kind: 'crashes' | 'duplicates', outcomes: readonly [Outcome, ...Outcome[]]) {
    const [nothing] = outcomes;
    if (this.#isCalm || this.#left[kind] === 0) return nothing;
    const drawn = outcomes[this.#chooser.choose(outcomes.length)] as Outcome;
    if (drawn !== nothing) this.#left[kind] -= 1;
    return drawn;
  }
}
