import { absent, equals } from '../store/item-store.ts';
import { LOCK_ATTRIBUTE } from '../store/transaction-schema.ts';
import { Conflict, OutcomeUnknownError } from './errors.ts';
import { type Gateway, raise } from './gateway.ts';
import { isHeldAsSeen } from './hold-attributes.ts';
import { lockOf, previousOf, versionFor, versionOf } from './lock.ts';
import { writeAtOnceAs } from './operation.ts';
import type { ChangeSlot } from './plan.ts';
import type { Party, Resolver } from './resolver.ts';

const { version: VERSION, lock: LOCK } = LOCK_ATTRIBUTE;

/**
 * A transaction of one item that exists, as one conditional write without a record: one request and
 * one write unit. The version makes a late duplicate harmless, which is why it is not for items
 * that have none, nor for inserts and deletes.
 *
 * @throws Conflict when it certainly did not happen, OutcomeUnknownError when nobody can tell
 */
export async function writeAtOnce(
  parts: {
    readonly gateway: Gateway;
    readonly resolver: Resolver;
    readonly party: Party;
    readonly id: string;
    readonly signal: AbortSignal | undefined;
  },
  slot: ChangeSlot,
  version: string,
): Promise<void> {
  const { gateway, resolver, party, id, signal } = parts;
  const mine = versionFor(id, 0);
  const isUnchanged = slot.operation.kind === 'put' ? isHeldAsSeen(slot.snapshot.image) : [];
  const condition = [absent(LOCK), equals([VERSION], { S: version }), ...isUnchanged];
  const request = writeAtOnceAs(slot.place, slot.operation, mine, condition);
  const patience = gateway.patience(`transaction ${id}`);
  let isInDoubt = false;
  for (;;) {
    const result = await gateway.write(request);
    if (result.kind === 'applied') return;
    if (result.kind === 'unknown') isInDoubt = true;
    if (result.kind === 'failed' && !isInDoubt && !result.failure.retryable) {
      raise(`transaction ${id}`, result.failure);
    }
    const item =
      result.kind === 'refused'
        ? result.item
        : await gateway.read(slot.place).catch((cause: unknown) => {
            throw isInDoubt ? new OutcomeUnknownError(id, cause) : cause;
          });
    const found = versionOf(item);
    if (found === mine) return;
    const lock = lockOf(item);
    if (found === version) {
      // Ours was refused because of the lock, or can still come: it is decided by the version.
      if (lock !== undefined) {
        if (!isInDoubt) signal?.throwIfAborted();
        const until = isInDoubt ? undefined : signal;
        // That another goes first does not tell what became of a request of ours.
        await resolver.clear(slot.place, lock, party, until).catch((cause: unknown) => {
          throw isInDoubt ? new OutcomeUnknownError(id, cause) : cause;
        });
      }
      // Refused for neither: somebody has taken the item, or given it up, since it was read.
      if (result.kind === 'refused' && lock === undefined) throw new Conflict(slot.place);
      if (result.kind === 'refused') continue;
      await patience.failure(result.failure).catch((cause: unknown) => {
        throw isInDoubt ? new OutcomeUnknownError(id, cause) : cause;
      });
      continue;
    }
    const previous = previousOf(item);
    if (previous === mine) return;
    // Somebody else has followed what we had read, so that ours can never come any more.
    if (!isInDoubt || previous === version) throw new Conflict(slot.place, lock?.id);
    throw new OutcomeUnknownError(id);
  }
}
