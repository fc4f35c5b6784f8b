import { type Change, topicOf } from './change.ts';

/**
 * The latest change of each topic, in the order of the stream. What came before within the batch
 * is not lost: whoever hears of the latest reads the table, and finds all of it. Only a beginning
 * is told as one, whatever has been changed since: some listen for nothing else.
 */
export function coalesce(changes: readonly Change[]): readonly Change[] {
  const latest = new Map<string, Change>();
  for (const change of changes) {
    const topic = topicOf(change);
    const earlier = latest.get(topic);
    // Deleted first, so that a topic stands where its latest change stands.
    latest.delete(topic);
    latest.set(topic, begins(earlier, change) ? { ...change, ...beginningOf(earlier) } : change);
  }
  return [...latest.values()];
}

/** Whether `later` only goes on with what `earlier` has begun: a life of a member, a term. */
function begins(earlier: Change | undefined, later: Change): earlier is Change {
  if (earlier?.kind === 'member' && later.kind === 'member') {
    const isSame = earlier.incarnation === later.incarnation;
    return isSame && earlier.change === 'joined' && later.change === 'changed';
  }
  if (earlier?.kind === 'leader' && later.kind === 'leader') {
    const isSame = earlier.term === later.term;
    return isSame && earlier.change === 'elected' && later.change === 'proclaimed';
  }
  return false;
}

/** A batch that fails has to be delivered again from the beginning of what was told as one. */
function beginningOf({ sequenceNumber, ...earlier }: Change): object {
  return 'change' in earlier ? { sequenceNumber, change: earlier.change } : { sequenceNumber };
}
