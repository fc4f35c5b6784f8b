import { InvalidArgumentError } from '../errors.ts';
import type { Holdfast } from '../holdfast.ts';
import {
  askToRelease,
  type Control,
  controlOf,
  type RevokeRequest,
  untilRevoked,
} from '../lock/control.ts';
import type { LockHold } from '../lock/lock.ts';
import { checkName } from '../options.ts';
import { runtimeOf } from '../runtime.ts';

/** Why a hold should be given up. */
export interface RevokeOptions {
  /** For the holder: at most 128 characters. */
  readonly reason?: string | undefined;
}

/** What asking came to. */
export interface RevokeResult {
  /** The label of the process that was asked; `undefined`: nobody has the lock. */
  readonly holder: string | undefined;
}

/**
 * Asks whoever has a lock to give it up. Takes nothing away: the holder hears of it in the answer
 * to its next heartbeat, within a third of its lease, by {@link revoked} or {@link control}, and
 * does as it likes. One consistent read and one write unit; the write goes to the row of the
 * session where the lock is held under one. Repeat it when nothing happens: the request stands for
 * the one hold that there was.
 *
 * @throws InvalidArgumentError, and as `Lock.tryAcquire`
 */
export async function revoke(
  holdfast: Holdfast,
  name: string,
  options: RevokeOptions = {},
): Promise<RevokeResult> {
  const runtime = runtimeOf(holdfast);
  checkName(name);
  const { reason } = options;
  if (reason !== undefined && !(typeof reason === 'string' && reason.length <= 128)) {
    throw new InvalidArgumentError('reason', 'a string of at most 128 characters', reason);
  }
  return { holder: await askToRelease(runtime, { kind: 'lock', name }, reason) };
}

/**
 * What the newest answer to a heartbeat says besides: whether somebody asks for the hold, and how
 * many processes wait behind it. Sends nothing.
 */
export function control(hold: LockHold): Control {
  return controlOf(hold.parts().lease);
}

/**
 * Resolves when somebody asks that the hold be given up; with `undefined` when the hold has ended
 * before, or `signal` has aborted. Sends nothing: looks at what the heartbeats have brought. Not in
 * Lambda mode, which has no heartbeats.
 *
 * ```ts
 * const asked = await revoked(hold);
 * if (asked !== undefined) await hold.release();
 * ```
 */
export function revoked(hold: LockHold, signal?: AbortSignal): Promise<RevokeRequest | undefined> {
  const { line, lease } = hold.parts();
  return untilRevoked(line.runtime, lease, signal);
}
