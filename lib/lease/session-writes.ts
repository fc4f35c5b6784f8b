import type { TableTime } from '../core/table-clock.ts';
import { and, compare, equals, or } from '../store/condition.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { set } from '../store/update.ts';
import { ended, type Holding, ownedBy, vacated } from './writes.ts';

export interface KillWrite extends Holding {
  readonly renewals: number;
  readonly time: TableTime | undefined;
  /** Whether the killer has itself seen the session silent for its whole lease. */
  readonly silent: boolean;
}

/**
 * Ends a dead session on its behalf, before anything that it holds is taken (rule 20). What stays
 * is a tombstone: beats are refused by it, and so is the late duplicate of the session's
 * beginning.
 */
export function kill(write: KillWrite): UpdateRequest {
  const { time } = write;
  return {
    kind: 'update',
    key: write.key,
    actions: [
      ...vacated(write, time?.latest ?? 0),
      set(ATTRIBUTE.event, `killed#${write.token}`),
      ended(write, 'taken'),
    ],
    condition: and(
      ownedBy(write),
      or(
        time && compare(ATTRIBUTE.expiresAt, '<', time.earliest),
        write.silent ? equals(ATTRIBUTE.renewals, write.renewals) : undefined,
      ),
    ),
  };
}
