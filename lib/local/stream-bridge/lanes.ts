import { createHash } from 'node:crypto';
import type { Batch } from './attempt.ts';
import type { BridgeRecord } from './stream-source.ts';

/** What one invocation can carry. */
const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;

/** Which of `lanes` a record goes by. All records of one item, and no others, keep their order. */
export function laneOf(record: BridgeRecord, lanes: number): number {
  if (lanes === 1) return 0;
  const keys = Object.entries(record.dynamodb.Keys).sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = createHash('sha256').update(JSON.stringify(keys)).digest();
  return digest.readUInt32BE(0) % lanes;
}

/** Cuts what a lane has to carry into batches that an invocation can take. */
export function batchesOf(records: readonly BridgeRecord[], batchSize: number): Batch[] {
  const batches: BridgeRecord[][] = [];
  let bytes = 0;
  for (const record of records) {
    const size = Buffer.byteLength(JSON.stringify(record));
    const last = batches.at(-1);
    if (last === undefined || last.length === batchSize || bytes + size > PAYLOAD_BYTES_MAX) {
      batches.push([record]);
      bytes = size;
    } else {
      last.push(record);
      bytes += size;
    }
  }
  return batches.map((each) => ({ records: each, failures: 0 }));
}
