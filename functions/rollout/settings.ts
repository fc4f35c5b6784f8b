import { type Environment, required } from '../environment.ts';

/** A document whose rollout ends when an alarm goes off. */
export interface GuardedDocument {
  readonly alarm: string;
  readonly namespace: string;
  readonly name: string;
}

export interface RolloutSettings {
  readonly table: string;
  readonly guarded: readonly GuardedDocument[];
}

/** Names of the variables. The infrastructure sets them by these. */
export const ROLLOUT_VARIABLE = {
  table: 'HOLDFAST_TABLE',
  /** A list of {@link GuardedDocument} as JSON. */
  guarded: 'HOLDFAST_GUARDED_ROLLOUTS',
} as const;

/** @throws Error that names the variable which is missing */
export function readSettings(environment: Environment): RolloutSettings {
  const table = required(environment, ROLLOUT_VARIABLE.table);
  const guarded = required(environment, ROLLOUT_VARIABLE.guarded);
  return {
    table,
    guarded: JSON.parse(guarded) as readonly GuardedDocument[],
  };
}
