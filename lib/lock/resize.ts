import { HoldfastError } from '../errors.ts';
import { Patience } from '../lease/patience.ts';
import { proposeToken } from '../lease/token.ts';
import type { Runtime } from '../runtime.ts';
import type { UpdateRequest } from '../store/store.ts';
import type { PermitPool } from './pool.ts';
import { deadHolders } from './pool-plan.ts';
import type { PoolHolder, PoolRow } from './pool-row.ts';
import { foundPool, reap, resizePool } from './pool-writes.ts';

const UNAVAILABLE_MAX_MS = 5_000;

/** The next step of a resize, decided from what was last seen. */
type ResizeStep =
  /** What is known does not suffice. */
  | { readonly kind: 'read' }
  | { readonly kind: 'prepare'; readonly write: UpdateRequest }
  | { readonly kind: 'resize'; readonly write: UpdateRequest }
  | { readonly kind: 'refuse'; readonly error: HoldfastError };

/** Brings the pool to `limit` permits, or throws and has changed nothing. */
export async function resize(
  runtime: Runtime,
  pool: PermitPool,
  declared: number,
  limit: number,
): Promise<void> {
  const { client, name } = pool;
  const patience = new Patience(runtime, name, runtime.closing, UNAVAILABLE_MAX_MS);
  let row = client.last;
  let isFresh = false;
  while (true) {
    runtime.closing.throwIfAborted();
    let step = planResize(runtime, pool, row, declared, limit);
    if (step.kind === 'refuse' && isFresh && row !== undefined) {
      await pool.judgeSessions(row);
      step = planResize(runtime, pool, row, declared, limit);
      if (step.kind === 'refuse') throw step.error;
    }
    if (step.kind === 'read' && row !== undefined) await patience.clocklessness();
    // What we remember may be old: nothing is refused on its word.
    const answer = await ('write' in step ? client.write(step.write) : client.read(true));
    switch (answer.kind) {
      case 'applied':
      case 'read':
        if (step.kind === 'resize' && answer.kind === 'applied') return;
        patience.progress();
        break;
      case 'refused':
        await patience.refusal();
        break;
      default:
        await patience.failure(answer.failure);
    }
    row = 'row' in answer ? answer.row : undefined;
    isFresh = row !== undefined;
  }
}

function planResize(
  runtime: Runtime,
  { client, name, memory }: PermitPool,
  row: PoolRow | undefined,
  declared: number,
  limit: number,
): ResizeStep {
  const { key } = client;
  const time = client.time();
  if (row === undefined || (time === undefined && !row.exists)) return { kind: 'read' };
  const token = proposeToken(time, row.token);
  if (!row.exists) return { kind: 'prepare', write: foundPool(key, declared, token) };
  if (row.declared !== declared) {
    const message = `${name}: declared with ${row.declared} permits, not with ${declared}`;
    return { kind: 'refuse', error: new HoldfastError('count-mismatch', message) };
  }
  if (row.free >= row.limit - limit) {
    return { kind: 'resize', write: resizePool(key, row, limit, token) };
  }
  const nowMs = runtime.clock.monotonicMs();
  const isSilent = (holder: PoolHolder) => memory.isSilent(holder, nowMs);
  const [dead] = deadHolders({ row, time, isSilent, isHeadIdle: false });
  if (dead !== undefined) return { kind: 'prepare', write: reap(key, dead, time) };
  const message = `${name}: ${row.limit - row.free} permits are held, more than ${limit}`;
  return { kind: 'refuse', error: new HoldfastError('permits-held', message) };
}
