import { onAbort } from '../core/abort.ts';
import { AcquireTimeoutError } from '../errors.ts';
import type { Lease } from './lease.ts';
import type { OwnershipLine } from './line.ts';
import type { Terms } from './terms.ts';

export interface WaitOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits in line until granted. Ends early with the caller's abort reason, an
 * {@link AcquireTimeoutError}, or the end of the session or the instance; the place in line is
 * then given back behind the caller's back, because a caller who gives up wants to go on.
 */
export function waitForLease(
  line: OwnershipLine,
  terms: Terms,
  { timeoutMs, signal }: WaitOptions,
): Promise<Lease> {
  const { clock, closing } = line.runtime;
  const ends = [signal, closing, terms.session?.signal];
  const ended = ends.find((end) => end?.aborted === true);
  if (ended !== undefined) return Promise.reject(ended.reason);
  const { waits } = terms.session ?? {};
  const { pk } = line.client.key;
  waits?.push(pk);
  return new Promise((resolve, reject) => {
    const settle = (report: () => void) => {
      timer?.cancel();
      stopListening();
      waits?.splice(waits.indexOf(pk), 1);
      leave();
      report();
    };
    const onTimeout = (afterMs: number) => {
      const heldBy = line.client.last?.owner?.label;
      settle(() => reject(new AcquireTimeoutError(line.name, afterMs, heldBy)));
    };
    const timer =
      timeoutMs === undefined
        ? undefined
        : clock.startTimer(timeoutMs, () => onTimeout(timeoutMs), {
            keepsProcessAlive: true,
          });
    const stopListening = onAbort(ends, (reason) => settle(() => reject(reason)));
    const leave = line.join({
      terms,
      granted: (lease) => settle(() => resolve(lease)),
      failed: (error) => settle(() => reject(error)),
    });
  });
}
