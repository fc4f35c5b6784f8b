import { type Clock, sleep } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import { backoffMs } from '../../core/retry.ts';
import { afterAttempt, type Batch, type Discard, withoutAged } from './attempt.ts';
import { batchesOf, laneOf } from './lanes.ts';
import type { Mapping } from './mapping.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { BridgeRecord } from './stream-source.ts';

/** A function as Lambda calls it. What it throws fails the batch. */
export type Invoke = (event: { readonly Records: readonly BridgeRecord[] }) => Promise<unknown>;

export interface DeliveryOptions {
  readonly mapping: Mapping;
  readonly invoke: Invoke;
  readonly clock: Clock;
  readonly random: Random;
  readonly stopping: AbortSignal;
  readonly onSettled: (records: readonly BridgeRecord[]) => void;
  readonly onDiscard: (discard: Discard) => Promise<void>;
  /** An invocation has ended, `error` being what it threw. */
  readonly onInvocation: (outcome: Outcome, error: unknown) => void;
}

const BACKOFF = { firstMs: 50, longestMs: 30_000 };

/** Brings records to the function, lane by lane, until all are settled or it is told to stop. */
export async function deliver(
  records: readonly BridgeRecord[],
  options: DeliveryOptions,
): Promise<void> {
  const { parallelizationFactor, batchSize } = options.mapping;
  const lanes = Array.from({ length: parallelizationFactor }, (): BridgeRecord[] => []);
  for (const record of records) lanes[laneOf(record, lanes.length)]?.push(record);
  await Promise.all(lanes.map((lane) => deliverLane(batchesOf(lane, batchSize), options)));
}

async function deliverLane(batches: readonly Batch[], options: DeliveryOptions): Promise<void> {
  const { mapping, clock, random, stopping, onSettled, onDiscard } = options;
  const waiting = [...batches];
  const giveUp = async (discard: Discard | undefined) => {
    if (discard === undefined) return;
    await onDiscard(discard);
    onSettled(discard.batch.records);
  };
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (stopping.aborted) return;
    const { batch, discarded: aged } = withoutAged(next, clock.wallMs(), mapping.maxRecordAgeMs);
    await giveUp(aged);
    if (batch === undefined) continue;
    const outcome = await attempt(batch, options);
    const { again, discarded } = afterAttempt(batch, outcome, mapping);
    // What came before the failure is done with. The order is that of the stream, so whatever
    // is left of the batch goes before the rest of the lane.
    onSettled(outcome.kind === 'done' ? batch.records : batch.records.slice(0, outcome.from));
    await giveUp(discarded);
    waiting.unshift(...again);
    const { failures } = again[0] ?? { failures: 0 };
    if (failures > batch.failures) {
      await sleep(clock, backoffMs(random, failures - 1, BACKOFF), stopping);
    }
  }
}

async function attempt(batch: Batch, options: DeliveryOptions): Promise<Outcome> {
  const { mapping, invoke, onInvocation } = options;
  let outcome: Outcome = { kind: 'failed', from: 0 };
  let failure: unknown;
  try {
    // A copy, as over the wire: what one attempt does to its event must not meet the next one.
    const answer = await invoke(structuredClone({ Records: batch.records }));
    outcome = outcomeOf(answer, batch.records, mapping.reportsItemFailures);
  } catch (error) {
    failure = error;
  }
  onInvocation(outcome, failure);
  return outcome;
}
