import { deriveAbort, deriveDeadline } from '../core/abort.ts';
import { sleep } from '../core/clock.ts';
import { AcquireTimeoutError } from '../errors.ts';
import { Patience } from '../lease/patience.ts';
import type { RecordClient } from '../lease/record-client.ts';
import type { WaitOptions } from '../lease/wait.ts';
import type { Runtime } from '../runtime.ts';
import { msUntilLook } from './pool-pace.ts';

const UNAVAILABLE_MAX_MS = 30_000;

/**
 * Looks at a row until it says what is waited for. Half a read unit a look: what is waited for,
 * once true, stays true, so an older row shows it later and never wrongly.
 *
 * @throws AcquireTimeoutError, the signal's reason, the instance's closing
 */
export async function pollUntil<Row, Result>(
  runtime: Runtime,
  client: RecordClient<Row>,
  name: string,
  find: (row: Row) => Result | undefined,
  { timeoutMs, signal }: WaitOptions,
): Promise<Result> {
  const { clock, random, closing } = runtime;
  signal?.throwIfAborted();
  closing.throwIfAborted();
  const stop =
    timeoutMs === undefined
      ? deriveAbort(signal, closing)
      : deriveDeadline(
          clock,
          timeoutMs,
          () => new AcquireTimeoutError(name, timeoutMs, undefined),
          signal,
          closing,
        );
  const patience = new Patience(runtime, name, stop.signal, UNAVAILABLE_MAX_MS);
  const beganMs = clock.monotonicMs();
  try {
    while (!stop.signal.aborted) {
      const reading = await client.read(false);
      if (reading.kind === 'failed') {
        await patience.failure(reading.failure);
        continue;
      }
      patience.answered();
      const found = find(reading.row);
      if (found !== undefined) return found;
      const stillMs = clock.monotonicMs() - beganMs;
      const lookMs = msUntilLook({ place: 0, stillMs, fraction: random.fraction() });
      await sleep(clock, lookMs, stop.signal);
    }
  } finally {
    stop.dispose();
  }
  throw stop.signal.reason;
}
