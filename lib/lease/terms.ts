import { HoldfastError } from '../errors.ts';
import type { LeaseOptions } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import type { Value } from '../store/value.ts';
import type { Lease } from './lease.ts';

/** What the pursuer will do with the row once it is his. */
export interface Terms {
  readonly leaseMs: number;
  readonly value: Value | undefined;
  /** What keeps the grant alive, instead of renewals of its own. */
  readonly session: Lease | undefined;
}

/** What a caller's options mean for a grant: a lease of its own, or the session's. */
export async function termsOf(
  runtime: Runtime,
  options: LeaseOptions,
  value: Value | undefined,
): Promise<Terms> {
  const session = await options.under?.lease(runtime);
  const leaseMs = session?.leaseMs ?? options.leaseMs ?? runtime.defaultLeaseMs();
  return { leaseMs, value, session };
}

/** What a grant under `session` fails with once the session is over. */
export function endOf(session: Lease): Error {
  return session.lost ?? new HoldfastError('closed', 'the session is closed');
}

/** A grant came under a session that was over: nobody can have it on these terms. Stays inside. */
export class SessionOver extends Error {
  readonly session: Lease;
  override readonly cause: Error;

  constructor(session: Lease) {
    super();
    this.session = session;
    this.cause = endOf(session);
  }
}

/** Whether a grant on one of the terms would do for the other. */
export function isSame(one: Terms, other: Terms): boolean {
  const { leaseMs, value, session } = other;
  return one.leaseMs === leaseMs && one.value === value && one.session === session;
}
