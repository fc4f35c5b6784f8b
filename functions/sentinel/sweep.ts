import type { TableTime } from '../../lib/core/table-clock.ts';
import { groupCore } from '../../lib/group/core.ts';
import { DEFAULT_POLL_MS, DEFAULT_SWEEP_MS } from '../../lib/group/options.ts';
import { parseSweep, type SweepRow } from '../../lib/group/sweep-row.ts';
import { HoldfastError } from '../../lib/index.ts';
import type { Runtime } from '../../lib/runtime.ts';
import { errorOfFailure } from '../../lib/store/failure-error.ts';
import {
  BEAT_PREFIX,
  GROUP_SORT_KEY,
  groupKey,
  MEMBER_PREFIX,
} from '../../lib/store/group-schema.ts';

/** For what the sentinel has no use: it neither polls nor sweeps in the background. */
const PACE = { pollMs: DEFAULT_POLL_MS, sweepMs: DEFAULT_SWEEP_MS };

/**
 * Finds the dead of a group unless somebody has looked for them within `freshMs`, and says whether
 * anybody is in the group. One read, one claim and one query, and what the sweep finds to do; or
 * the read alone where followers see to it; and a query of two rows in the end.
 *
 * @throws HoldfastError when the table does not answer
 */
export async function sweepIfStale(
  runtime: Runtime,
  name: string,
  freshMs: number,
): Promise<{ readonly isEmpty: boolean }> {
  const { store, tableClock, namespace } = runtime;
  const title = `the sweep of group '${name}'`;
  const key = groupKey(namespace, name, GROUP_SORT_KEY.sweep);
  const seen = await store.get({ key, consistent: true });
  if (seen.kind === 'failed') throw errorOfFailure(title, seen.failure);
  const row = parseSweep(seen.kind === 'found' ? seen.item : undefined);
  if (isStale(row, tableClock.now(), freshMs)) {
    const claim = await groupCore(runtime, name, PACE).sweeper.sweep(row);
    if (claim === undefined) throw new HoldfastError('store-unavailable', `${title}: no answer`);
  }
  // Beats sort before the head, and members between it and the sweep's own row: of the first two
  // rows one is somebody's, or nobody is there.
  const rows = await store.query({ pk: key.pk, limit: 2, consistent: true });
  if (rows.kind === 'failed') throw errorOfFailure(title, rows.failure);
  const isSomebodys = (sk: string) => sk.startsWith(BEAT_PREFIX) || sk.startsWith(MEMBER_PREFIX);
  return { isEmpty: !rows.items.some(({ sk }) => isSomebodys(String(sk))) };
}

/** Whether a sweep is wanted. One whose time nobody knows counts as long ago. */
export function isStale(row: SweepRow, time: TableTime | undefined, freshMs: number): boolean {
  if (row.sweptAt === undefined || time === undefined) return true;
  return time.earliest > row.sweptAt + freshMs;
}
