import type { Discard, DiscardCondition } from './attempt.ts';

/** What a failure destination is told of records that were given up: where they are, not what. */
export interface FailureRecord {
  readonly version: '1.0';
  readonly timestamp: string;
  readonly requestContext: {
    readonly functionArn: string;
    readonly condition: DiscardCondition;
    readonly approximateInvokeCount: number;
  };
  readonly DDBStreamBatchInfo: {
    readonly shardId: string;
    readonly startSequenceNumber: string | undefined;
    readonly endSequenceNumber: string | undefined;
    readonly batchSize: number;
    readonly streamArn: string;
  };
}

export interface FailurePlace {
  readonly functionArn: string;
  readonly streamArn: string;
  readonly shardId: string;
}

export function failureRecordOf(
  { condition, batch }: Discard,
  { functionArn, streamArn, shardId }: FailurePlace,
  nowMs: number,
): FailureRecord {
  const numbers = batch.records.map(({ dynamodb }) => dynamodb.SequenceNumber);
  return {
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    requestContext: { functionArn, condition, approximateInvokeCount: batch.failures },
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: numbers[0],
      endSequenceNumber: numbers.at(-1),
      batchSize: numbers.length,
      streamArn,
    },
  };
}
