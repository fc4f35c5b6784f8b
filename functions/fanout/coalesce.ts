import { type Change, topicOf } from './change.ts';

/**
 * The latest change of each topic, in the order of the stream. What came before within the batch
 * is not lost: whoever hears of the latest reads the table, and finds all of it.
 */
export function coalesce(changes: readonly Change[]): readonly Change[] {
  const latest = new Map<string, Change>();
  for (const change of changes) {
    const topic = topicOf(change);
    // Deleted first, so that a topic stands where its latest change stands.
    latest.delete(topic);
    latest.set(topic, change);
  }
  return [...latest.values()];
}
