import { checkWhole } from '../option-checks.ts';
import type { LeaseOptions, WaitingOptions } from '../options.ts';

/** How many permits a semaphore is made with. */
export interface SemaphoreOptions {
  /** A whole number, 1 to 1,000,000. Every process must declare the same. */
  readonly permits: number;
}

/** How many permits to take, and for how long. */
export interface PermitOptions extends LeaseOptions {
  /** A whole number, from 1 to all that there are. @default 1 */
  readonly permits?: number | undefined;
}

/** How many permits to take, for how long, and how long to wait for them. */
export interface WaitingPermitOptions extends WaitingOptions {
  /** A whole number, from 1 to all that there are. @default 1 */
  readonly permits?: number | undefined;
}

export const PERMITS_MAX = 1_000_000;

/** @throws InvalidArgumentError */
export function checkCount(argument: string, value: unknown, most: number): number {
  checkWhole(argument, value, 1, most);
  return value;
}
