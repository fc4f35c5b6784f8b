import { PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from '../store/schema.ts';
import { replayKey } from '../store/transaction-schema.ts';
import { ItemTooLargeError } from './errors.ts';
import type { Snapshot } from './lock.ts';
import { type Place, placeName } from './operation.ts';
import type { Access } from './plan.ts';
import type { RecordHome } from './record.ts';

/** The row that remembers what a transaction with an idempotency key has returned. */
export function placeOfReplay({ table, namespace }: RecordHome, idempotencyKey: string): Place {
  const { pk, sk } = replayKey(namespace, idempotencyKey);
  return { table, key: { [PARTITION_KEY]: { S: pk }, [SORT_KEY]: { S: sk } } };
}

const VALUE = 'value';
const VALUE_BYTES_MAX = 4_096;

/** What an earlier run has returned, if there was one. */
export function replayedValue({ image }: Snapshot): { readonly value: unknown } | undefined {
  const stored = image?.[VALUE];
  if (stored === undefined || !('S' in stored)) return undefined;
  return { value: (JSON.parse(stored.S) as readonly unknown[])[0] };
}

/** The write that remembers the value, as one more of the transaction's own. */
export function rememberValue(
  place: Place,
  snapshot: Snapshot,
  value: unknown,
  ttlSeconds: number,
): Access {
  // In a list, so that nothing at all is a value too.
  const text = JSON.stringify([value]);
  const bytes = Buffer.byteLength(text);
  if (bytes > VALUE_BYTES_MAX) {
    throw new ItemTooLargeError('the value under an idempotency key', bytes, VALUE_BYTES_MAX);
  }
  const image = {
    ...place.key,
    [VALUE]: { S: text },
    [TTL_ATTRIBUTE]: { N: `${ttlSeconds}` },
  };
  return { name: placeName(place), place, snapshot, intent: { kind: 'put', image } };
}
