import type { Holdfast } from '../holdfast.ts';
import { closeAll } from '../lease/close.ts';
import { OwnershipLine } from '../lease/line.ts';
import { SessionWatch } from '../lease/session-watch.ts';
import { termsOf } from '../lease/terms.ts';
import { LockHold } from '../lock/lock.ts';
import {
  adoptHolding,
  checkExported,
  type ExportedHold,
  type ExportOptions,
  exportLease,
} from '../lock/portable-hold.ts';
import { checkLeaseOptions, type LeaseOptions } from '../options.ts';
import { type Runtime, runtimeOf } from '../runtime.ts';
import { ownershipKey } from '../store/schema.ts';

/**
 * Makes a lock's hold portable: plain JSON, by which another process, or a later step of this one,
 * can {@link adopt} it. From here on this process neither renews it nor holds it, and `release` has
 * nothing to release; nobody else gets the lock for `leaseMs`. Whoever has the JSON can adopt the
 * hold, once. One request, one write unit.
 *
 * ```ts
 * const exported = await exportHold(hold, { leaseMs: 60_000 });
 * return { lock: exported }; // the output of a step, the body of a message
 * ```
 *
 * @throws LeaseLostError, InvalidArgumentError; `store-unavailable` when the table does not answer
 *   for 5 seconds: release the hold then
 */
export async function exportHold(
  hold: LockHold,
  options: ExportOptions = {},
): Promise<ExportedHold> {
  const { line, lease, spend } = hold.parts();
  checkLeaseOptions(options, line.runtime.requestTimeoutMs);
  const exported = await exportLease(line, lease, options.leaseMs ?? lease.leaseMs);
  spend();
  return exported;
}

/**
 * Goes on with a hold that was exported: the same lock, without a moment in which somebody else
 * could have it, under a new and larger token, so that what fences its writes refuses those of
 * whoever exported it. Two requests, two write units.
 *
 * ```ts
 * await using hold = await adopt(holdfast, event.lock);
 * ```
 *
 * @throws `export-stale` when the hold was adopted, released or taken meanwhile, and nothing is
 *   changed; InvalidArgumentError, and as `Lock.tryAcquire`
 */
export async function adopt(
  holdfast: Holdfast,
  exported: ExportedHold,
  options: LeaseOptions = {},
): Promise<LockHold> {
  const runtime = runtimeOf(holdfast);
  checkLeaseOptions(options, runtime.requestTimeoutMs);
  const prefix = ownershipKey(runtime.namespace, 'lock', '').pk;
  const from = checkExported(exported, runtime.store.table, prefix);
  runtime.closing.throwIfAborted();
  const terms = await termsOf(runtime, options, undefined);
  const name = `lock '${from.key.pk.slice(prefix.length)}'`;
  const line = new OwnershipLine(runtime, new SessionWatch(runtime), name, from.key);
  const lease = await adoptHolding(from, { line, terms, id: runtime.random.id() });
  keep(runtime, line);
  if (runtime.closing.aborted) {
    await line.release(lease);
    throw runtime.closing.reason;
  }
  return new LockHold(lease, line);
}

const LINES = new WeakMap<Runtime, Set<OwnershipLine>>();

/** Lets closing the instance release what is held in the line. */
function keep(runtime: Runtime, line: OwnershipLine): void {
  const lines = LINES.get(runtime) ?? new Set();
  if (!LINES.has(runtime)) {
    LINES.set(runtime, lines);
    runtime.closers.add(() => closeAll([...lines], []));
  }
  for (const each of lines) if (each.isIdle) lines.delete(each);
  lines.add(line);
}
