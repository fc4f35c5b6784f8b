import { deriveAbort } from '../core/abort.ts';
import { sleep } from '../core/clock.ts';
import type { Runtime } from '../runtime.ts';
import type { Lease } from './lease.ts';

/** A request of an acquisition that ended, of which nobody knows whether it is still under way. */
export interface LateAttempt {
  /** The largest token asked for: a row that has granted as much refuses every such request. */
  readonly token: number;
  /** What the grant would ride on: no lease of its own would end it. */
  readonly session: Lease;
}

/** For how long a signed request is accepted (rule 21). */
const REQUEST_LIFE_MS = 15 * 60 * 1_000;
const SHORTEST_LOOK_MS = 1_000;
const LONGEST_LOOK_MS = 60_000;

/** Notes an unanswered request for `token`, beside those before it. */
export function lateWith(
  late: LateAttempt | undefined,
  session: Lease | undefined,
  token: number,
): LateAttempt | undefined {
  if (session === undefined) return late;
  return { session, token: Math.max(token, late?.token ?? 0) };
}

/**
 * Remembers what may still arrive, and looks at the row now and then, until nothing of it can take
 * effect any more (rule 21). Otherwise a lock could be held under a session that lives, and by
 * nobody in it, for as long as that lives. About 20 looks of one read unit where nobody else is
 * granted the row in the meantime, and mostly one or two.
 *
 * @param look Frees what has arrived, and says which token the row has granted last; `undefined`:
 *   there was no answer.
 */
export function followLate(
  runtime: Runtime,
  late: LateAttempt | undefined,
  look: () => Promise<number | undefined>,
): void {
  // Without timers: the session lasts no longer than its invocation either.
  if (late !== undefined && runtime.renews) void follow(runtime, late, look);
}

/**
 * Goes on with a release that had no answer: under a session that lives nothing else would end the
 * hold. Returns what the release came to at first.
 */
export function followRelease<Result extends { readonly outcome: string }>(
  runtime: Runtime,
  { token, session }: { readonly token: number; readonly session: Lease | undefined },
  result: Result,
  release: () => Promise<Result>,
): Result {
  if (result.outcome === 'unknown' && session !== undefined) {
    followLate(runtime, { token, session }, async () =>
      (await release()).outcome === 'unknown' ? undefined : token,
    );
  }
  return result;
}

async function follow(
  { clock, random, closing }: Runtime,
  { token, session }: LateAttempt,
  look: () => Promise<number | undefined>,
): Promise<void> {
  const stop = deriveAbort(closing, session.signal);
  const endsMs = clock.monotonicMs() + REQUEST_LIFE_MS;
  let waitMs = SHORTEST_LOOK_MS;
  let lookedMs = 0;
  // Once more after its life is over: it may have arrived in its last moment.
  while (lookedMs < endsMs) {
    await sleep(clock, waitMs * (0.75 + random.fraction() / 4), stop.signal, {
      keepsProcessAlive: false,
    });
    if (stop.signal.aborted) break;
    lookedMs = clock.monotonicMs();
    waitMs = Math.min(2 * waitMs, LONGEST_LOOK_MS);
    const granted = await look().catch(() => undefined);
    if (granted !== undefined && granted >= token) break;
  }
  stop.dispose();
}
