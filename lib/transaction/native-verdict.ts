import type { Attributes } from '../store/attribute.ts';
import type { CancellationReason } from '../store/item-transaction.ts';
import type { StoreFailure } from '../store/store.ts';
import { type ItemLock, isSame, lockOf, previousOf, snapshotOf, versionOf } from './lock.ts';
import type { NativeItem, NativePlan } from './native-plan.ts';
import type { Place } from './operation.ts';

/** What a cancellation says of a transaction. */
export type Verdict =
  /** An earlier request of it has taken effect. */
  | { readonly kind: 'committed' }
  /** An item has gone on, and will never be as it was seen: no request of it can take effect. */
  | { readonly kind: 'overtaken'; readonly place: Place }
  /** An item is not as it was seen, but a key without an item may become so again. */
  | { readonly kind: 'changed'; readonly place: Place }
  | { readonly kind: 'fence-lost'; readonly row: string }
  | { readonly kind: 'locked'; readonly place: Place; readonly lock: ItemLock }
  /** Another native request is at work there, or the table is over its capacity. */
  | { readonly kind: 'busy'; readonly place: Place; readonly failure: StoreFailure }
  | { readonly kind: 'invalid'; readonly failure: StoreFailure };

/** Which verdict counts where several items give different ones. */
const ORDER = ['committed', 'invalid', 'fence-lost', 'overtaken', 'changed', 'locked', 'busy'];

/** What the reasons of a cancellation come to; `undefined`: they say nothing. */
export function judgeCancellation(
  { items, fence }: NativePlan,
  reasons: readonly CancellationReason[],
): Verdict | undefined {
  const verdicts = reasons.flatMap((reason, index): Verdict[] => {
    if (reason.kind === 'none') return [];
    const item = items[index];
    if (reason.kind === 'failed') {
      const { failure } = reason;
      if (!failure.retryable) return [{ kind: 'invalid', failure }];
      const place = item?.place ?? items[0]?.place;
      return place === undefined ? [] : [{ kind: 'busy', place, failure }];
    }
    if (item !== undefined) return [judgeRefusal(item, reason.item)];
    return fence === undefined ? [] : [{ kind: 'fence-lost', row: fence.key.pk }];
  });
  return verdicts.toSorted((one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind))[0];
}

function judgeRefusal({ place, seen, given }: NativeItem, item: Attributes | undefined): Verdict {
  if (given !== undefined && (versionOf(item) === given || previousOf(item) === given)) {
    return { kind: 'committed' };
  }
  // Versions are given once, so what has another one now never has this one again.
  if (seen.version !== undefined && versionOf(item) !== seen.version) {
    return { kind: 'overtaken', place };
  }
  const lock = lockOf(item);
  if (lock !== undefined && isSame(snapshotOf(item), seen)) return { kind: 'locked', place, lock };
  return { kind: 'changed', place };
}

/**
 * What a written item shows, read long after the request was sent: whether it took effect, or never
 * can because another write has followed what it was to follow. `undefined`: nothing.
 */
export function judgeTrace(
  { seen, given }: NativeItem,
  item: Attributes | undefined,
): 'committed' | 'overtaken' | undefined {
  if (given === undefined) return undefined;
  const [version, previous] = [versionOf(item), previousOf(item)];
  if (version === given || previous === given) return 'committed';
  return seen.version !== undefined && previous === seen.version ? 'overtaken' : undefined;
}
