/** For development and tests: a table on this machine, without Java, Docker or an AWS account. */

export { LocalHints } from './local-hints.ts';
export {
  type LocalClientConfig,
  type LocalTable,
  type LocalTableOptions,
  startLocalTable,
} from './local-table.ts';
export { type DynamoStream, openDynamoStream } from './stream-bridge/dynamo-stream.ts';
export type { EventPattern } from './stream-bridge/event-pattern.ts';
export type { FailureRecord } from './stream-bridge/failure-record.ts';
export type { ShardProgress } from './stream-bridge/lineage.ts';
export type { EventSourceMapping } from './stream-bridge/mapping.ts';
export {
  type BridgeCounts,
  StreamBridge,
  type StreamBridgeOptions,
} from './stream-bridge/stream-bridge.ts';
export type { BridgeRecord, StreamSource } from './stream-bridge/stream-source.ts';
