import { retry, stopWith, type Try, tryAgain } from '../core/retry.ts';
import { HoldfastError, InvalidArgumentError, LeaseLostError } from '../errors.ts';
import { RELEASE_TRIES_MS } from '../lease/give-up.ts';
import { judgeHolding } from '../lease/judge.ts';
import type { Lease } from '../lease/lease.ts';
import type { OwnershipLine } from '../lease/line.ts';
import type { OwnershipRow } from '../lease/row.ts';
import type { RowAnswer } from '../lease/row-client.ts';
import type { Terms } from '../lease/terms.ts';
import { proposeToken } from '../lease/token.ts';
import { type Holding, pass, renew } from '../lease/writes.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import type { StoreFailure } from '../store/store.ts';

/** How long an exported hold waits to be adopted. */
export interface ExportOptions {
  /** In whole milliseconds: as that of a hold. @default the hold's own lease */
  readonly leaseMs?: number | undefined;
}

/** A hold as plain JSON. Whoever has it can adopt the hold, once. */
export interface ExportedHold {
  readonly format: 1;
  readonly table: string;
  readonly pk: string;
  readonly sk: string;
  /** The acquisition that holds the row. */
  readonly id: string;
  readonly token: number;
}

/** Who adopts a hold, on what terms. */
export interface Adoption {
  readonly line: OwnershipLine;
  readonly terms: Terms;
  readonly id: string;
}

/**
 * Lets a lease go on without this process: one last renewal, which gives it a lease of its own for
 * as long as nobody adopts it, numbered like any other, so that no earlier one can shorten it.
 */
export async function exportLease(
  line: OwnershipLine,
  lease: Lease,
  leaseMs: number,
): Promise<ExportedHold> {
  const { runtime, client } = line;
  const { key, id, token } = lease;
  if (lease.remainingMs() === 0) {
    throw lease.lost ?? new InvalidArgumentError('hold', 'one that has not been given up', lease);
  }
  lease.stop();
  const renewed = await persist(line, `exporting ${lease.name}`, () =>
    client.write(
      renew({
        key,
        id,
        token,
        number: lease.keeper.nextNumber(),
        leaseMs,
        time: client.time(),
        session: undefined,
        expiresAtMin: lease.keeper.expiresAtMin,
        purpose: { kind: 'beat' },
      }),
    ),
  );
  // Refused by an attempt of our own, whose answer was lost, it is still ours.
  if (judgeHolding(renewed.row, lease).kind !== 'held') throw lostOf(lease, renewed.row);
  line.setDown(lease);
  return { format: 1, table: runtime.store.table, ...key, id, token };
}

/**
 * Makes an exported hold that of another acquisition, as a pass between two waiters does: with a
 * token of its own, so that whoever exported it is fenced off, and so that it can be done once. The
 * lease is then dated from a renewal, because an answer may have been long under way.
 */
export async function adoptHolding(from: Holding, adoption: Adoption): Promise<Lease> {
  const { line, terms, id } = adoption;
  const { client, name, runtime } = line;
  const { leaseMs, session } = terms;
  const { label } = runtime;
  const passed = await persist(line, `adopting ${name}`, () => {
    const time = client.time();
    const to = { id, label, token: proposeToken(time, from.token) };
    const lasting = { leaseMs, time, session: session?.id };
    return client.write(pass({ from, to, ...lasting, unlessOthersWait: false, value: undefined }));
  });
  // Refused, and yet ours: by a request of ours whose answer was lost.
  if (passed.row.owner?.id !== id) throw staleOf(name, from, passed.row);
  const result = await line.tryOnce(terms, id);
  if (result.kind !== 'granted') throw staleOf(name, from, result.row);
  if (result.lease.token === passed.row.token) return result.lease;
  // The lease ran out in between, and this is another grant: not the hold that was exported.
  await line.release(result.lease);
  throw staleOf(name, from, passed.row);
}

/** Repeats a write until the table says what it came to: that, or the row that refuses it. */
async function persist(
  { runtime }: OwnershipLine,
  title: string,
  write: () => Promise<RowAnswer>,
): Promise<RowAnswer & { kind: 'applied' | 'refused' }> {
  const { clock, random } = runtime;
  let failure: StoreFailure = { reason: 'unavailable', retryable: true, message: 'no answer' };
  const deadlineMs = clock.monotonicMs() + RELEASE_TRIES_MS;
  type Ending = (RowAnswer & { kind: 'applied' | 'refused' }) | undefined;
  const ended = await retry({ clock, random, deadlineMs }, async (): Promise<Try<Ending>> => {
    const answer = await write();
    if ('row' in answer) return stopWith(answer);
    failure = answer.failure;
    return answer.kind === 'unknown' || failure.retryable ? tryAgain : stopWith(undefined);
  });
  if (ended !== undefined) return ended;
  throw errorOfFailure(title, failure);
}

/** @throws InvalidArgumentError */
export function checkExported(exported: ExportedHold, table: string, prefix: string): Holding {
  const { format, pk, sk, id, token } = exported ?? {};
  const isText = [pk, sk, id].every((each) => typeof each === 'string' && each.length > 0);
  if (format !== 1 || !isText || !Number.isSafeInteger(token)) {
    throw new InvalidArgumentError('exported', 'what exportHold returned, format 1', exported);
  }
  if (exported.table !== table || sk !== 'lock' || !pk.startsWith(prefix)) {
    const expected = `a lock of table ${table} in the namespace of ${prefix}`;
    throw new InvalidArgumentError('exported', expected, `${exported.table}: ${pk}`);
  }
  return { key: { pk, sk }, id, token };
}

function staleOf(name: string, from: Holding, row: OwnershipRow): HoldfastError {
  const how = { held: 'held', ended: 'adopted or released', taken: 'taken', forgotten: 'over' };
  const verdict = how[judgeHolding(row, from).kind];
  const by = row.owner?.label ?? 'nobody';
  const message = `${name}: the exported hold is ${verdict} by now; ${by} has the lock`;
  return new HoldfastError('export-stale', message);
}

function lostOf({ name, token }: Lease, row: OwnershipRow): LeaseLostError {
  const takenBy = row.owner?.label;
  const detail = `${takenBy ?? 'nobody'} has it now`;
  return new LeaseLostError(name, token, { reason: 'taken', detail, takenBy });
}
