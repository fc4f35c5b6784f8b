import { retry, stopWith, type Try, tryAgain } from '../core/retry.ts';
import type { Runtime } from '../runtime.ts';
import { giveUp, RELEASE_TRIES_MS } from './give-up.ts';
import { placeOf } from './judge.ts';
import { dequeue } from './queue-writes.ts';
import type { RowClient } from './row-client.ts';

/** What a pursuit that was called off had come to. */
export type Withdrawal = 'not-queued' | 'dequeued' | 'granted-then-released' | 'unknown';

/**
 * Takes an acquisition's id out of the row, wherever it got to (rule 16). Reads first: the answers
 * of the last requests may have been lost, and the line may have moved.
 */
export async function withdraw(
  runtime: Runtime,
  client: RowClient,
  id: string,
): Promise<Withdrawal> {
  const { clock, random } = runtime;
  const deadlineMs = clock.monotonicMs() + RELEASE_TRIES_MS;
  let dequeued = false;
  const end = await retry({ clock, random, deadlineMs }, async (): Promise<Try<Withdrawal>> => {
    const reading = await client.read(true);
    if (reading.kind === 'failed')
      return reading.failure.retryable ? tryAgain : stopWith('unknown');
    const { row } = reading;
    if (row.owner?.id === id) {
      const { token } = row;
      await giveUp(runtime, client, { key: client.key, id, token, leaseMs: row.owner.leaseMs });
      return stopWith('granted-then-released');
    }
    const place = placeOf(row, id);
    if (place < 0) return stopWith(dequeued ? 'dequeued' : 'not-queued');
    const answer = await client.write(dequeue(client.key, place, id));
    // Look once more: the request may have been sent twice and stand in the line twice.
    if (answer.kind === 'applied' || answer.kind === 'unknown') dequeued = true;
    return answer.kind === 'applied' && placeOf(answer.row, id) < 0
      ? stopWith('dequeued')
      : tryAgain;
  });
  return end ?? 'unknown';
}
