import { PARTITION_KEY, SORT_KEY } from '../store/schema.ts';
import { chunkKey } from '../store/transaction-schema.ts';
import { type Gateway, raise } from './gateway.ts';
import { inParallel } from './parallel.ts';
import type { Decision, RecordHome } from './record.ts';

/** A payload above this goes into rows of its own. */
const PAYLOAD_BYTES_MAX = 250 * 1_024;

/** Puts what has no room in the record where the record can point to it, before it does. */
export async function storePayload(
  gateway: Gateway,
  home: RecordHome,
  id: string,
  text: string,
): Promise<Decision['payload']> {
  if (Buffer.byteLength(text) <= PAYLOAD_BYTES_MAX) return { text };
  const parts = cut(text, PAYLOAD_BYTES_MAX);
  await inParallel(parts, async (part, number) => {
    const address = addressOfChunk(home, id, number);
    const item = { ...address.key, payload: { S: part } };
    const stored = await gateway.insist({ kind: 'put', ...address, item });
    if (stored.kind === 'failed') raise('storing what a transaction writes', stored.failure);
  });
  return { chunks: parts.length };
}

/** Removes the parts of a payload whose record is gone. */
export async function removeChunks(
  gateway: Gateway,
  home: RecordHome,
  id: string,
  chunks: number,
): Promise<void> {
  const numbers = Array.from({ length: chunks }, (_, number) => number);
  await inParallel(numbers, async (number) => {
    await gateway.insist({ kind: 'delete', ...addressOfChunk(home, id, number) });
  });
}

function addressOfChunk({ table, namespace }: RecordHome, id: string, number: number) {
  const { pk, sk } = chunkKey(namespace, id, number);
  return { table, key: { [PARTITION_KEY]: { S: pk }, [SORT_KEY]: { S: sk } } };
}

/** Cuts text into parts of so many bytes at most, never within a character. */
function cut(text: string, bytesMax: number): readonly string[] {
  const parts: string[] = [];
  // A unit of JavaScript's text takes three bytes at most.
  const length = Math.floor(bytesMax / 3);
  for (let from = 0; from < text.length; ) {
    let to = Math.min(text.length, from + length);
    const last = text.charCodeAt(to - 1);
    if (last >= 0xd800 && last <= 0xdbff && to < text.length) to -= 1;
    parts.push(text.slice(from, to));
    from = to;
  }
  return parts;
}
