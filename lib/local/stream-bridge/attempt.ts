import type { Mapping } from './mapping.ts';
import type { Outcome } from './outcome.ts';
import type { BridgeRecord } from './stream-source.ts';

/** Records that go to the function together. */
export interface Batch {
  readonly records: readonly BridgeRecord[];
  /** How often they have failed already. */
  readonly failures: number;
}

/** Why records were given up. The words are Lambda's. */
export type DiscardCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export interface Discard {
  readonly condition: DiscardCondition;
  readonly batch: Batch;
}

/** What is left to do of a batch. */
export interface Remainder {
  /** In this order, before anything else of the lane. */
  readonly again: readonly Batch[];
  readonly discarded: Discard | undefined;
}

type Limits = Pick<Mapping, 'bisectsOnError' | 'retryAttempts'>;

/** What follows an invocation. Cutting a batch in two costs no attempt, failing again does. */
export function afterAttempt(batch: Batch, outcome: Outcome, limits: Limits): Remainder {
  if (outcome.kind === 'done') return { again: [], discarded: undefined };
  const records = batch.records.slice(outcome.from);
  const isWhole = outcome.from === 0;
  if (isWhole && limits.bisectsOnError && records.length > 1) {
    const middle = Math.ceil(records.length / 2);
    const halves = [records.slice(0, middle), records.slice(middle)];
    return {
      again: halves.map((half) => ({ records: half, failures: batch.failures })),
      discarded: undefined,
    };
  }
  const left = { records, failures: batch.failures + 1 };
  const isExhausted = limits.retryAttempts >= 0 && left.failures > limits.retryAttempts;
  if (!isExhausted) return { again: [left], discarded: undefined };
  return { again: [], discarded: { condition: 'RetryAttemptsExhausted', batch: left } };
}

/** Splits off the records that have become too old to be delivered. */
export function withoutAged(
  batch: Batch,
  nowMs: number,
  maxRecordAgeMs: number,
): { readonly batch: Batch | undefined; readonly discarded: Discard | undefined } {
  const isAged = ({ dynamodb }: BridgeRecord) =>
    nowMs - dynamodb.ApproximateCreationDateTime * 1_000 > maxRecordAgeMs;
  const { records, failures } = batch;
  const young = records.findIndex((record) => !isAged(record));
  const end = young === -1 ? records.length : young;
  if (end === 0) return { batch, discarded: undefined };
  const aged = { records: records.slice(0, end), failures };
  return {
    batch: end === records.length ? undefined : { records: records.slice(end), failures },
    discarded: { condition: 'RecordAgeExceeded', batch: aged },
  };
}
