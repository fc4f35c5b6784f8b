import { InvalidArgumentError } from '../errors.ts';
import type { Session } from '../lease/session.ts';
import { checkKnown, checkWhole } from '../option-checks.ts';
import { checkValue } from '../options.ts';
import type { Value } from '../store/value.ts';

/** Options of names, their defaults and bounds, and what checks them. */

export interface ClaimOptions {
  /** Who takes the name: an account, a service. 1 to 256 characters. */
  readonly owner: string;
  /** A JSON value of at most 512 bytes. */
  readonly meta?: Value | undefined;
  /** Until when without another claim, 2,000 to 86,400,000 milliseconds. @default for good */
  readonly leaseMs?: number | undefined;
  /** The session that keeps the name its owner's, instead of claims that prolong it. */
  readonly under?: Session | undefined;
}

export interface ReleaseNameOptions {
  readonly owner: string;
  /** For how long only the same owner can claim it again, up to a year. @default not at all */
  readonly holdMs?: number | undefined;
}

const LEASE_MS_MAX = 86_400_000;
const HOLD_MS_MAX = 366 * 86_400_000;

export function checkClaim(options: ClaimOptions): void {
  checkKnown(options, ['owner', 'meta', 'leaseMs', 'under']);
  const { owner, meta, leaseMs, under } = options;
  checkOwner(owner);
  if (meta !== undefined) checkValue(meta);
  if (leaseMs !== undefined) checkWhole('leaseMs', leaseMs, 2_000, LEASE_MS_MAX);
  if (under === undefined || leaseMs === undefined) return;
  const expected = "none: under a session, the session's lease counts";
  throw new InvalidArgumentError('leaseMs', expected, leaseMs);
}

export function checkRelease(options: ReleaseNameOptions): { owner: string; heldMs: number } {
  checkKnown(options, ['owner', 'holdMs']);
  checkOwner(options.owner);
  const heldMs = options.holdMs ?? 0;
  checkWhole('holdMs', heldMs, 0, HOLD_MS_MAX);
  return { owner: options.owner, heldMs };
}

function checkOwner(owner: unknown): void {
  if (typeof owner === 'string' && owner.length > 0 && owner.length <= 256) return;
  throw new InvalidArgumentError('owner', 'a string of 1 to 256 characters', owner);
}
