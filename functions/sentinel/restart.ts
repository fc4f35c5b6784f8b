import { queryAll } from '../../lib/group/query-all.ts';
import { HoldfastError } from '../../lib/index.ts';
import type { Runtime } from '../../lib/runtime.ts';
import { CHAIN_PARTITION_PREFIX, CHAIN_PARTITIONS } from '../../lib/store/sentinel-schema.ts';
import { groupOfChain, isOverdue, parseChain } from './chain-row.ts';
import type { SentinelMessage } from './message.ts';

/** What one look at all chains came to. */
export interface RestartReport {
  readonly running: number;
  readonly restarted: number;
}

/** A message that is being tried again is late and not lost. */
const GRACE_MS = 300_000;

/**
 * Sends the message again of every chain that should have gone on and has not: its message was
 * lost, or given up. If it was not, there are two for a moment, of which one gets the turn.
 *
 * A query for each partition, and one more for each further megabyte of chains.
 *
 * @throws HoldfastError when the table does not answer
 */
export async function restartOverdue(
  runtime: Runtime,
  send: (message: SentinelMessage, delayMs: number) => Promise<void>,
): Promise<RestartReport> {
  let [running, restarted] = [0, 0];
  for (let partition = 0; partition < CHAIN_PARTITIONS; partition += 1) {
    const pk = `${CHAIN_PARTITION_PREFIX}${partition}`;
    const items = await queryAll(runtime, { pk, consistent: false });
    if (items === undefined) throw new HoldfastError('store-unavailable', `${pk}: no answer`);
    for (const item of items) {
      const row = parseChain(item);
      if (row.runs) running += 1;
      if (!isOverdue(row, runtime.tableClock.now(), GRACE_MS)) continue;
      await send({ kind: 'link', ...groupOfChain(item), chain: row.chain }, 0);
      restarted += 1;
    }
  }
  return { running, restarted };
}
