import type { BridgeRecord } from '../../../../lib/local/stream-bridge/stream-source.ts';

/** The record of a change of `item`, made at `seconds`. */
export function recordOf(sequenceNumber: number, item = 'a', seconds = 0): BridgeRecord {
  return {
    eventID: `${sequenceNumber}`,
    eventName: 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'local',
    eventSourceARN: 'arn',
    dynamodb: {
      ApproximateCreationDateTime: seconds,
      Keys: { pk: { S: item }, sk: { S: 'row' } },
      SequenceNumber: `${sequenceNumber}`,
      SizeBytes: 1,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  };
}

export function recordsOf(count: number): BridgeRecord[] {
  return Array.from({ length: count }, (_, index) => recordOf(index + 1));
}

export function numbersOf(records: readonly BridgeRecord[]): number[] {
  return records.map(({ dynamodb }) => Number(dynamodb.SequenceNumber));
}
