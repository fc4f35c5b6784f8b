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
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
): RolloutSettings {
  const read = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set`);
    return value;
  };
  return {
    table: read(ROLLOUT_VARIABLE.table),
    guarded: JSON.parse(read(ROLLOUT_VARIABLE.guarded)) as readonly GuardedDocument[],
  };
}
