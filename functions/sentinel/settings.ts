import { type Environment, required } from '../environment.ts';

/** What the function is told by its environment. */
export interface SentinelSettings {
  readonly table: string;
  readonly queueUrl: string;
  /** From one look after a group to the next. */
  readonly intervalMs: number;
}

/** Names of the variables. The infrastructure sets them by these. */
export const SENTINEL_VARIABLE = {
  table: 'HOLDFAST_TABLE',
  queueUrl: 'HOLDFAST_SENTINEL_QUEUE_URL',
  intervalSeconds: 'HOLDFAST_SENTINEL_INTERVAL_SECONDS',
} as const;

export const DEFAULT_INTERVAL_SECONDS = 30;
export const INTERVAL_SECONDS_MIN = 5;
/** For no longer does SQS hold a message back. */
export const INTERVAL_SECONDS_MAX = 900;

/** @throws Error that names the variable which is missing or wrong */
export function readSettings(environment: Environment): SentinelSettings {
  const { table, queueUrl, intervalSeconds: name } = SENTINEL_VARIABLE;
  const seconds = Number(environment[name] || DEFAULT_INTERVAL_SECONDS);
  if (!(seconds >= INTERVAL_SECONDS_MIN && seconds <= INTERVAL_SECONDS_MAX)) {
    const range = `${INTERVAL_SECONDS_MIN} to ${INTERVAL_SECONDS_MAX} seconds`;
    throw new Error(`${name}: expected ${range}, got ${environment[name]}`);
  }
  return {
    table: required(environment, table),
    queueUrl: required(environment, queueUrl),
    intervalMs: seconds * 1_000,
  };
}
