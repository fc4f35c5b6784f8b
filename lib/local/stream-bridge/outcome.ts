import type { BridgeRecord } from './stream-source.ts';

/** What became of one invocation. */
export type Outcome =
  | { readonly kind: 'done' }
  /** Records before `from` are handled; it and those behind it are to be delivered again. */
  | { readonly kind: 'failed'; readonly from: number };

/**
 * Reads a function's answer as Lambda does: an empty list, or no answer, is success; the lowest
 * sequence number in it is where to go on; an answer that names anything else, or nothing where a
 * name should be, fails the whole batch.
 */
export function outcomeOf(
  answer: unknown,
  batch: readonly BridgeRecord[],
  reportsItemFailures: boolean,
): Outcome {
  if (!reportsItemFailures || answer === undefined || answer === null || answer === '') {
    return { kind: 'done' };
  }
  const failures = (answer as { readonly batchItemFailures?: unknown }).batchItemFailures;
  if (failures === undefined || failures === null) return { kind: 'done' };
  if (!Array.isArray(failures)) return { kind: 'failed', from: 0 };
  if (failures.length === 0) return { kind: 'done' };
  const positions = failures.map((failure: { readonly itemIdentifier?: unknown } | null) =>
    batch.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === failure?.itemIdentifier),
  );
  // A name that is not in the batch is found at -1.
  return { kind: 'failed', from: Math.max(0, Math.min(...positions)) };
}
