import { type RetryOptions, retry, stopWith, type Try, tryAgain } from '../core/retry.ts';
import type { Runtime } from '../runtime.ts';
import { judgeHolding } from './judge.ts';
import { followRelease } from './late-attempt.ts';
import type { Lease } from './lease.ts';
import { handOver } from './queue-writes.ts';
import type { RowAnswer, RowClient } from './row-client.ts';
import { proposeToken } from './token.ts';
import { type Holding, release } from './writes.ts';

/** How giving a hold up ended, as the table tells it. */
export type ReleaseResult =
  /** It was ours until now, and is no longer. */
  | { readonly outcome: 'released' }
  /** We had given it up before. */
  | { readonly outcome: 'already-released' }
  /** It had ended before: the work done since may have had no protection but its fence. */
  | { readonly outcome: 'lost'; readonly takenBy: string | undefined }
  /**
   * The table did not tell in time. The lease ends by itself at the latest; under a session, where
   * it has no end, the release is repeated in the background for a quarter of an hour.
   */
  | { readonly outcome: 'unknown'; readonly cause: unknown };

/** How long a release is worth trying: after that, its lease's end does the same for nothing. */
export const RELEASE_TRIES_MS = 5_000;

/** A waiter who is granted the row must say within this time that he is there (rule 14). */
export function claimMsOf(leaseMs: number): number {
  return Math.min(leaseMs, 3_000);
}

/** Hands a holding over to the first waiter or, with nobody waiting, gives the row up. */
export async function giveUp(
  runtime: Runtime,
  client: RowClient,
  holding: Holding & { readonly leaseMs: number },
): Promise<ReleaseResult> {
  let cause: unknown;
  /** A request of ours may have been applied although no answer said so. */
  let unsure = false;
  const result = await retry(releaseRetry(runtime), async (): Promise<Try<ReleaseResult>> => {
    const answer = await writeEnd(client, holding);
    switch (answer.kind) {
      case 'applied':
        return stopWith({ outcome: 'released' });
      case 'refused': {
        const verdict = judgeEnd(answer, holding, unsure);
        return verdict === undefined ? tryAgain : stopWith(verdict);
      }
      case 'failed':
        cause = answer.failure;
        return answer.failure.retryable ? tryAgain : stopWith({ outcome: 'unknown', cause });
      case 'unknown':
        cause = answer.failure;
        unsure = true;
        return tryAgain;
    }
  });
  return result ?? { outcome: 'unknown', cause };
}

/** The same for a lease of ours. */
export async function giveUpLease(
  runtime: Runtime,
  client: RowClient,
  lease: Lease,
): Promise<ReleaseResult> {
  const release = () => giveUp(runtime, client, lease);
  const { token, terms } = lease;
  return followRelease(runtime, { token, session: terms.session }, await release(), release);
}

function releaseRetry(runtime: Runtime): RetryOptions {
  const { clock, random } = runtime;
  return { clock, random, deadlineMs: clock.monotonicMs() + RELEASE_TRIES_MS };
}

/** One write by what is known of the line and, when the line has changed since, one by what is. */
async function writeEnd(
  client: RowClient,
  holding: Holding & { readonly leaseMs: number },
): Promise<RowAnswer> {
  for (let turn = 0; ; turn += 1) {
    const othersWait = (client.last?.queue.length ?? 0) > 0;
    const time = client.time();
    const request = othersWait
      ? handOver(holding, {
          claimMs: claimMsOf(holding.leaseMs),
          token: proposeToken(time, holding.token),
          time,
        })
      : release(holding, time?.latest ?? 0);
    const answer = await client.write(request);
    if (answer.kind !== 'refused' || turn > 0) return answer;
    if (answer.row.owner?.id !== holding.id) return answer;
  }
}

function judgeEnd(
  answer: RowAnswer & { kind: 'refused' },
  holding: Holding,
  unsure: boolean,
): ReleaseResult | undefined {
  const verdict = judgeHolding(answer.row, holding);
  switch (verdict.kind) {
    case 'held':
      return undefined;
    case 'ended':
      return { outcome: unsure ? 'released' : 'already-released' };
    case 'taken':
      return { outcome: 'lost', takenBy: verdict.by };
    case 'forgotten':
      // Either our unanswered request ended it, or somebody took it and was followed by others.
      return unsure
        ? { outcome: 'unknown', cause: 'the row has been granted to others since' }
        : { outcome: 'lost', takenBy: verdict.by };
  }
}
