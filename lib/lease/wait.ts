import { AcquireTimeoutError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import type { Lease } from './lease.ts';
import type { OwnershipLine } from './line.ts';
import type { Terms } from './pursuit.ts';

export interface WaitOptions {
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Waits in line until granted. Ends early with the caller's abort reason, an
 * {@link AcquireTimeoutError}, or the instance's closing; the place in line is then given back
 * behind the caller's back, because a caller who gives up wants to go on.
 */
export function waitForLease(
  runtime: Runtime,
  line: OwnershipLine,
  terms: Terms,
  { timeoutMs, signal }: WaitOptions,
): Promise<Lease> {
  const { clock, closing } = runtime;
  if (signal?.aborted === true) return Promise.reject(signal.reason);
  if (closing.aborted) return Promise.reject(closing.reason);
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      timer?.cancel();
      signal?.removeEventListener('abort', onAbort);
      closing.removeEventListener('abort', onClose);
      leave();
      end();
    };
    const onAbort = () => settle(() => reject(signal?.reason));
    const onClose = () => settle(() => reject(closing.reason));
    const onTimeout = (afterMs: number) => {
      const heldBy = line.client.last?.owner?.label;
      settle(() => reject(new AcquireTimeoutError(line.name, afterMs, heldBy)));
    };
    const timer =
      timeoutMs === undefined
        ? undefined
        : clock.startTimer(timeoutMs, () => onTimeout(timeoutMs), { keepsProcessAlive: true });
    signal?.addEventListener('abort', onAbort, { once: true });
    closing.addEventListener('abort', onClose, { once: true });
    const leave = line.join({
      terms,
      granted: (lease) => settle(() => resolve(lease)),
      failed: (error) => settle(() => reject(error)),
    });
  });
}
