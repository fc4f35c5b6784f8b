import type { BridgeRecord, StreamImage } from './stream-source.ts';

/** A record as the Streams API answers it, as far as it is used. */
export interface ApiRecord {
  readonly eventID?: string | undefined;
  readonly eventName?: string | undefined;
  readonly awsRegion?: string | undefined;
  readonly dynamodb?:
    | {
        readonly ApproximateCreationDateTime?: Date | undefined;
        readonly Keys?: object | undefined;
        readonly NewImage?: object | undefined;
        readonly OldImage?: object | undefined;
        readonly SequenceNumber?: string | undefined;
        readonly SizeBytes?: number | undefined;
        readonly StreamViewType?: string | undefined;
      }
    | undefined;
  readonly userIdentity?:
    | { readonly Type?: string | undefined; readonly PrincipalId?: string | undefined }
    | undefined;
}

/**
 * The same record as Lambda shows it to a function: times in epoch seconds, binary values as
 * base64 text, and the identity's fields in lower case.
 */
export function bridgeRecordOf(record: ApiRecord, arn: string): BridgeRecord {
  const { dynamodb = {}, userIdentity } = record;
  const { NewImage: after, OldImage: before } = dynamodb;
  return {
    eventID: record.eventID ?? '',
    eventName: record.eventName as BridgeRecord['eventName'],
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: record.awsRegion ?? '',
    eventSourceARN: arn,
    dynamodb: {
      ApproximateCreationDateTime: (dynamodb.ApproximateCreationDateTime?.getTime() ?? 0) / 1_000,
      Keys: imageOf(dynamodb.Keys ?? {}),
      ...(after && { NewImage: imageOf(after) }),
      ...(before && { OldImage: imageOf(before) }),
      SequenceNumber: dynamodb.SequenceNumber ?? '',
      SizeBytes: dynamodb.SizeBytes ?? 0,
      StreamViewType: dynamodb.StreamViewType ?? '',
    },
    ...(userIdentity && {
      userIdentity: {
        type: userIdentity.Type ?? '',
        principalId: userIdentity.PrincipalId ?? '',
      },
    }),
  };
}

function imageOf(image: object): StreamImage {
  return withTextForBinary(image) as StreamImage;
}

function withTextForBinary(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(withTextForBinary);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([name, each]) => [name, withTextForBinary(each)]));
}
