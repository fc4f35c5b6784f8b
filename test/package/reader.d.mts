// What the examples in the documents take for granted of the reader's own program.
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Holdfast, LockHold } from 'holdfast';
import type { Config } from 'holdfast/config';
import type { Balancer, Group } from 'holdfast/group';

declare global {
  const holdfast: Holdfast;
  const hold: LockHold;
  const client: DynamoDBDocumentClient;
  const limits: Config<{ readonly uploads: number }>;
  const images: Group;
  const servers: Balancer;
  let lastCursor: string | undefined;
  function upload(address: string | undefined): Promise<void>;
  function rebuildThumbnails(album: string, options: { signal: AbortSignal }): Promise<void>;
}
