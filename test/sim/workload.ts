import type { SeededRandom } from '../../lib/testing/seeded-random.ts';
import type { Verdict } from '../check/verdict.ts';
import type { SimulatedClient } from './client.ts';
import type { Arrival } from './traced-store.ts';
import type { World } from './world.ts';

/**
 * What clients do in a run, and whether what they were told was right. One object serves one run.
 */
export interface Workload {
  readonly clientNames: readonly string[];

  /**
   * One process of a client. Runs until the world's phase is `ending`, then shows once more that
   * everything works, cleans up and returns. Throws what is not to be expected in this weather.
   */
  program(client: SimulatedClient, world: World): Promise<void>;

  /** Sees each request as it takes effect. */
  onArrival?(arrival: Arrival): void;

  /** Judges what has happened so far. Holds at any moment of a run, not only at its end. */
  judge(): readonly Judgement[];

  /** How much there was of what, so that a run in which nothing happens can be told. */
  traffic(): Readonly<Record<string, number>>;
}

export interface Judgement {
  readonly name: string;
  readonly verdict: Verdict;
  /** Whether it was a search for a linearization of one history. */
  readonly isLinearizability?: boolean;
}

/** Makes a workload for a run; what it does is drawn from `random`. */
export type WorkloadFactory = (random: SeededRandom) => Workload;
