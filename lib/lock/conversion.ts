import { retry, stopWith, type Try, tryAgain } from '../core/retry.ts';
import { RELEASE_TRIES_MS } from '../lease/give-up.ts';
import type { RecordAnswer } from '../lease/record-client.ts';
import { proposeToken } from '../lease/token.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import type { StoreFailure } from '../store/store.ts';
import { ENTRY_REMOVED, type PermitLease } from './permit-lease.ts';
import type { PermitPool } from './pool.ts';
import { deadHolders } from './pool-plan.ts';
import type { PoolHolder, PoolRow } from './pool-row.ts';
import { changePermits, reap } from './pool-writes.ts';

/** What a lease with other permits came to. `busy`: others are in the way, nothing is changed. */
type Conversion = 'changed' | 'busy' | 'lost';

/**
 * Gives a lease all of the pool's permits, if nobody else holds any and nobody waits.
 *
 * @throws when the table does not answer; the lease then has what it had, or more
 */
export async function upgrade(
  runtime: Runtime,
  pool: PermitPool,
  lease: PermitLease,
  to: number,
): Promise<Conversion> {
  const { client, memory } = pool;
  const { key } = client;
  const isSilent = (holder: PoolHolder) => memory.isSilent(holder, runtime.clock.monotonicMs());
  let row = client.last;
  let failure: StoreFailure | undefined;
  const result = await persist(runtime, async () => {
    const time = client.time();
    const token = proposeToken(time, row?.token ?? lease.token);
    const number = lease.keeper.nextNumber();
    const { id, permits: from } = lease;
    const answer = await client.write(changePermits({ key, id, from, to, number, token }));
    failure = 'failure' in answer ? answer.failure : undefined;
    if (!('row' in answer)) return failureOf(answer, 'busy');
    row = answer.row;
    const own = adopt(lease, row, to);
    if (own !== undefined) return stopWith(own);
    if (row.queue.length === 0) await pool.judgeSessions(row);
    const sight = { row, time, isSilent, isHeadIdle: false };
    const [dead] = row.queue.length > 0 ? [] : deadHolders(sight).filter(isNot(id));
    if (dead !== undefined) await client.write(reap(key, dead, time));
    const isFree = row.holders.size === 1 && row.queue.length === 0;
    // Alone, and refused: the token was behind.
    return isFree || dead !== undefined ? tryAgain : stopWith('busy');
  });
  if (failure === undefined) return result ?? 'busy';
  throw errorOfFailure(`upgrading ${pool.name}`, failure);
}

/**
 * Leaves a lease `to` of its permits. When the table does not answer in time it may still have
 * all, which its holder must not count on, and others are kept out until it is given back.
 */
export async function downgrade(
  runtime: Runtime,
  { client }: PermitPool,
  lease: PermitLease,
  to: number,
): Promise<Conversion> {
  const { id, permits: from } = lease;
  lease.permits = to;
  const result = await persist(runtime, async () => {
    const number = lease.keeper.nextNumber();
    const change = { key: client.key, id, from, to, number, token: undefined };
    const answer = await client.write(changePermits(change));
    if (!('row' in answer)) return failureOf(answer, 'changed');
    const own = adopt(lease, answer.row, to);
    return own === undefined ? tryAgain : stopWith(own);
  });
  return result ?? 'changed';
}

/** What the row says of the lease, if it decides: it is as wished, or not there. */
function adopt(lease: PermitLease, row: PoolRow, to: number): Conversion | undefined {
  const entry = row.holders.get(lease.id);
  if (entry === undefined) {
    lease.keeper.lose(ENTRY_REMOVED);
    return 'lost';
  }
  if (entry.permits !== to) return undefined;
  lease.permits = to;
  lease.token = entry.token;
  return 'changed';
}

function persist(
  { clock, random }: Runtime,
  attempt: () => Promise<Try<Conversion>>,
): Promise<Conversion | undefined> {
  const deadlineMs = clock.monotonicMs() + RELEASE_TRIES_MS;
  return retry({ clock, random, deadlineMs }, attempt);
}

function failureOf(
  answer: RecordAnswer<PoolRow> & { kind: 'failed' | 'unknown' },
  otherwise: Conversion,
): Try<Conversion> {
  const mayHelp = answer.kind === 'unknown' || answer.failure.retryable;
  return mayHelp ? tryAgain : stopWith(otherwise);
}

function isNot(id: string) {
  return ({ holder }: { readonly holder: PoolHolder }) => holder.id !== id;
}
