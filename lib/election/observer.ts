import { deriveAbort } from '../core/abort.ts';
import { sleep } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import type { OwnershipLine } from '../lease/line.ts';
import { checkObserveOptions, DEFAULT_POLL_MS, type ObserveOptions } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import { isCurrent, isSameLeader, type Leader, type LeaderSight, sightOf } from './leader.ts';

/** Follows an election's leaders from one row, looking again and again. */
export async function* observeLeaders(
  runtime: Runtime,
  line: OwnershipLine,
  options: ObserveOptions,
): AsyncGenerator<Leader | undefined, void, undefined> {
  checkObserveOptions(options);
  const { clock, random } = runtime;
  const pollMs = options.pollMs ?? DEFAULT_POLL_MS;
  const stop = deriveAbort(options.signal, runtime.closing);
  let seen: LeaderSight | undefined;
  let failures = 0;
  try {
    while (!stop.signal.aborted) {
      const next = await look(line, seen === undefined);
      if (next === undefined) {
        // Observers outlive outages; but not for nothing: they slow down.
        failures += 1;
        await sleep(clock, pollMs + backoffMs(random, failures), stop.signal);
        continue;
      }
      failures = 0;
      if (seen === undefined || isCurrent(seen, next)) {
        const isNews = seen === undefined || !isSameLeader(seen, next);
        seen = next;
        if (isNews) yield next.leader;
      }
      // Jitter: a fleet of observers that started together must not look together.
      await sleep(clock, pollMs * (0.8 + 0.4 * random.fraction()), stop.signal);
    }
  } finally {
    stop.dispose();
  }
}

/** One look; `undefined` when the table did not answer. */
async function look(line: OwnershipLine, isFirst: boolean): Promise<LeaderSight | undefined> {
  const sight = await read(line, isFirst);
  // A replica that lags shows an old expiry. That a leader's lease is over needs a better witness.
  const doubtful = sight !== undefined && sight.leader === undefined && !sight.isOver;
  return doubtful && !isFirst ? read(line, true) : sight;
}

async function read(line: OwnershipLine, consistent: boolean): Promise<LeaderSight | undefined> {
  const reading = await line.client.read(consistent);
  if (reading.kind === 'read') return sightOf(reading.row, line.client.time());
  if (reading.failure.retryable) return undefined;
  throw errorOfFailure(`observing ${line.name}`, reading.failure);
}
