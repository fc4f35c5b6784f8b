import { retry, stopWith, type Try, tryAgain } from '../core/retry.ts';
import { HoldfastError, LeaseLostError } from '../errors.ts';
import { RELEASE_TRIES_MS, type ReleaseResult } from '../lease/give-up.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import type { ItemWrite } from '../store/item-store.ts';
import type { StoreFailure } from '../store/store.ts';
import type { ItemClient } from './item-client.ts';
import { AT_WORK, type ItemLease, lossOf } from './item-lease.ts';
import type { ItemRow } from './item-row.ts';
import {
  deleteItem,
  type ItemChanges,
  type ItemHolding,
  releaseItem,
  writeItem,
} from './item-writes.ts';

/** What the write that gives an item up came to. */
type Ending =
  | { readonly kind: 'applied' }
  | { readonly kind: 'refused'; readonly row: ItemRow; readonly isUnsure: boolean }
  | { readonly kind: 'unanswered'; readonly failure: StoreFailure; readonly isUnsure: boolean };

const NO_ANSWER: StoreFailure = { reason: 'unavailable', retryable: true, message: 'no answer' };

/**
 * Writes the item and gives it up in one request. Repeated until its ending is certain.
 *
 * @throws LeaseLostError, `item-changed`, and nothing is written; `outcome-unknown`
 */
export async function endWriting(
  runtime: Runtime,
  lease: ItemLease,
  changes: ItemChanges | 'delete',
): Promise<void> {
  const { client, row, name, token } = lease;
  const { version } = row;
  const request =
    changes === 'delete'
      ? deleteItem(client.place, lease, version)
      : writeItem(client.place, lease, version, changes);
  const ending = await insistOn(runtime, client, lease, request);
  if (ending.kind === 'applied') return;
  if (ending.kind === 'unanswered') {
    if (ending.isUnsure) throw unknownOf(name, ending.failure);
    throw errorOfFailure(`writing ${name}`, ending.failure);
  }
  const { row: found, isUnsure } = ending;
  if (found.ownership.owner?.id === lease.id) {
    if (found.version !== version) throw changedOf(name);
    throw errorOfFailure(`writing ${name}`, AT_WORK);
  }
  if (isUnsure) {
    if (found.written === token) return;
    // Whoever followed has written, too: what ours came to is not in the item any more.
    if (found.written > token) throw unknownOf(name, undefined);
    if (changes === 'delete' && found.item === undefined) return;
  }
  throw new LeaseLostError(name, token, lossOf(found));
}

/** Gives an item up as it is. Repeated until answered, and never throws. */
export async function endUnwritten(
  runtime: Runtime,
  client: ItemClient,
  holding: ItemHolding,
  isStub: boolean,
): Promise<ReleaseResult> {
  try {
    const request = releaseItem(client.place, holding, isStub);
    const ending = await insistOn(runtime, client, holding, request);
    if (ending.kind === 'applied') return { outcome: 'released' };
    if (ending.kind === 'unanswered') return { outcome: 'unknown', cause: ending.failure };
    const { ownership } = ending.row;
    const takenBy = ownership.owner?.label;
    if (ownership.owner?.id === holding.id) {
      // What was nothing but a lock is an item by now: a transaction has written it.
      if (isStub && !ending.row.isStub) return endUnwritten(runtime, client, holding, false);
      return { outcome: 'unknown', cause: NO_ANSWER };
    }
    if (!ending.isUnsure) return { outcome: 'lost', takenBy };
    const isOurs = ending.row.item === undefined || ownership.token === holding.token;
    const cause = 'the item has been granted to others since';
    return isOurs ? { outcome: 'released' } : { outcome: 'unknown', cause };
  } catch (cause) {
    return { outcome: 'unknown', cause };
  }
}

/** Repeats a write while it may still take effect: by its condition it does so once. */
async function insistOn(
  { clock, random }: Runtime,
  client: ItemClient,
  { id }: ItemHolding,
  request: ItemWrite,
): Promise<Ending> {
  let failure = NO_ANSWER;
  let isUnsure = false;
  const deadlineMs = clock.monotonicMs() + RELEASE_TRIES_MS;
  const ending = await retry({ clock, random, deadlineMs }, async (): Promise<Try<Ending>> => {
    const answer = await client.write(request);
    if (answer.kind === 'applied') return stopWith({ kind: 'applied' });
    if ('row' in answer) {
      const { row } = answer;
      const isDelayed = row.inTransaction && row.ownership.owner?.id === id;
      if (!isDelayed) return stopWith({ kind: 'refused', row, isUnsure });
      failure = AT_WORK;
      return tryAgain;
    }
    failure = answer.failure;
    isUnsure ||= answer.kind === 'unknown';
    if (failure.retryable || isUnsure) return tryAgain;
    return stopWith({ kind: 'unanswered', failure, isUnsure });
  });
  return ending ?? { kind: 'unanswered', failure, isUnsure };
}

function changedOf(name: string): HoldfastError {
  const message = `${name}: a transaction has written it since it was read; nothing was written`;
  return new HoldfastError('item-changed', message);
}

function unknownOf(name: string, failure: StoreFailure | undefined): HoldfastError {
  const why = failure?.message ?? 'it has been written by others since';
  const cause = failure?.cause;
  const message = `${name}: nobody knows whether it was written: ${why}`;
  return new HoldfastError('outcome-unknown', message, { cause });
}
