/** A value in DynamoDB's own notation, as JSON carries it: binary values are base64 text. */
export type StreamValue = Readonly<Record<string, unknown>>;
export type StreamImage = Readonly<Record<string, StreamValue>>;

/** A record of a stream in the shape that Lambda hands to functions. */
export interface BridgeRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly eventSourceARN: string;
  readonly dynamodb: {
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: StreamImage;
    readonly NewImage?: StreamImage;
    readonly OldImage?: StreamImage;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: string;
  };
  readonly userIdentity?: { readonly type: string; readonly principalId: string };
}

/** Part of a stream. A parent is read to its end before its children. */
export interface Shard {
  readonly id: string;
  readonly parentId?: string | undefined;
}

/** Where in a shard to begin. */
export type Position =
  | { readonly kind: 'trim-horizon' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'after'; readonly sequenceNumber: string };

/** What one read of a shard brought. */
export type ShardRead =
  | {
      readonly kind: 'records';
      readonly records: readonly BridgeRecord[];
      /** For the next read; absent when the shard has ended and is read to its end. */
      readonly next: string | undefined;
    }
  /** The iterator is too old, and another one is needed. */
  | { readonly kind: 'expired' }
  /** What the iterator points at is gone: the stream keeps a day. */
  | { readonly kind: 'trimmed' };

/** A stream of changes: an engine's Streams API, or the feed of the embedded engine. */
export interface StreamSource {
  /** For the failure destination. */
  readonly arn: string;
  /** All shards that there are, parents included while they are kept. */
  shards(): Promise<readonly Shard[]>;
  /** An iterator, or `trimmed` when the position is gone. */
  open(shardId: string, position: Position): Promise<string | 'trimmed'>;
  read(iterator: string, limit: number): Promise<ShardRead>;
}
