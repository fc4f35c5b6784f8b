import type { Position, Shard } from './stream-source.ts';

/** What is known of a shard that was met before. */
export type ShardProgress =
  | { readonly kind: 'reading'; readonly position: Position }
  | { readonly kind: 'finished' };

/**
 * Shards that may be begun now, and where. A child waits until its parent is finished; a parent
 * that the stream no longer has was finished by time.
 */
export function startable(
  shards: readonly Shard[],
  progress: ReadonlyMap<string, ShardProgress>,
): readonly Shard[] {
  const known = new Set(shards.map(({ id }) => id));
  return shards.filter(({ id, parentId }) => {
    if (progress.has(id)) return false;
    if (parentId === undefined || !known.has(parentId)) return true;
    return progress.get(parentId)?.kind === 'finished';
  });
}

/**
 * What a mapping knows of a stream that it meets for the first time. From the latest on: shards
 * that have children are of the past, and the others are joined at their end. A shard that
 * appears later is read from its beginning in either case, or its first records would be missed.
 */
export function firstProgress(
  shards: readonly Shard[],
  startingPosition: 'trim-horizon' | 'latest',
): Map<string, ShardProgress> {
  if (startingPosition === 'trim-horizon') return new Map();
  const parents = new Set(shards.map(({ parentId }) => parentId));
  return new Map(
    shards.map(({ id }) => [
      id,
      parents.has(id)
        ? { kind: 'finished' }
        : { kind: 'reading', position: { kind: 'latest' } as const },
    ]),
  );
}
