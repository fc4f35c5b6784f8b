// What the examples in the documents take for granted of the reader's own program.
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Holdfast, LockHold } from 'holdfast';

declare global {
  const holdfast: Holdfast;
  const hold: LockHold;
  const client: DynamoDBDocumentClient;
  function rebuildThumbnails(album: string, options: { signal: AbortSignal }): Promise<void>;
}
