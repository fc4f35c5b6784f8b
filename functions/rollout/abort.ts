import type { GuardedDocument } from './settings.ts';

/** What became of one document. */
export interface AbortResult extends GuardedDocument {
  readonly outcome: 'aborted' | 'no-rollout';
}

/**
 * Aborts the rollouts that these alarms guard. One of which there is none any more is no failure:
 * alarms come twice, and after the end. When any other fails, all are tried before the error is
 * thrown, so that the event is delivered again.
 */
export async function abortRollouts(
  alarms: readonly string[],
  guarded: readonly GuardedDocument[],
  abort: (document: GuardedDocument) => Promise<'aborted' | 'no-rollout'>,
): Promise<readonly AbortResult[]> {
  const meant = guarded.filter(({ alarm }) => alarms.includes(alarm));
  const results = await Promise.allSettled(
    meant.map(async (document) => ({ ...document, outcome: await abort(document) })),
  );
  const failures = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  if (failures.length > 0) throw new AggregateError(failures, 'not every rollout was aborted');
  return results.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
}
