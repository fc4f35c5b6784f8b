import type { Attributes } from '../store/attribute.ts';
import type { ItemClause } from '../store/item-store.ts';
import { holdIn, stubIn } from './hold-attributes.ts';
import { isForgetful, type Snapshot } from './lock.ts';
import type { Change, Operation, Place } from './operation.ts';

/** What a transaction wants of an item, before anybody looks what is there. */
export type Intent =
  | { readonly kind: 'put'; readonly image: Attributes }
  | {
      readonly kind: 'patch' | 'amend';
      readonly set: Attributes;
      readonly remove: readonly string[];
    }
  | { readonly kind: 'delete' };

/** One item that a transaction has read, writes, or both. */
export interface Access {
  readonly name: string;
  readonly place: Place;
  /** What it has seen there: for writes too, because what is written depends on it. */
  readonly snapshot: Snapshot;
  readonly intent: Intent | undefined;
}

/** An item that is locked, and what the decision does to it. */
export interface Slot extends Access {
  readonly operation: Operation;
  /** What must hold of the row besides, when it is that of the hold that fences the transaction. */
  readonly fence?: FenceClauses | undefined;
}

/** That a row still says what it said when its hold was granted. */
export interface FenceClauses {
  /** Whether nothing else of the row counts: its beats and its line may change it. */
  readonly isAlone: boolean;
  readonly clauses: readonly ItemClause[];
  readonly holdsOf: (item: Attributes | undefined) => boolean;
}

/** An item that is written. */
export interface ChangeSlot extends Access {
  readonly operation: Change;
}

/** How to commit what a function has done. */
export type Plan =
  /** One read, or none, of something decided: true at the moment at which it was made. */
  | { readonly kind: 'nothing' }
  /** Reads only: true together, if all of them are still true. */
  | { readonly kind: 'validate'; readonly reads: readonly Access[] }
  /** One conditional write is all. */
  | { readonly kind: 'one-write'; readonly slot: ChangeSlot; readonly version: string }
  | {
      readonly kind: 'locks';
      readonly slots: readonly Slot[];
      /** To be validated, in this order: only the first may be one that forgets. */
      readonly reads: readonly Access[];
    };

/** What else decides about a plan. */
export interface PlanOptions {
  /** Whether a hold has to be checked, or a query: neither can be part of one write. */
  readonly isGuarded: boolean;
  /** Whether a query has to be validated, which forgets just like the read of an absent item. */
  readonly hasQuery: boolean;
  /** How many items a native read shows as of one moment; 0: there are none. */
  readonly atOnceMax: number;
}

export function planCommit(accesses: readonly Access[], options: PlanOptions): Plan {
  const slots: ChangeSlot[] = [];
  const reads: Access[] = [];
  for (const access of accesses) {
    const operation = operationOf(access);
    if (operation === undefined) reads.push(access);
    else slots.push({ ...access, operation });
  }
  const { isGuarded, hasQuery, atOnceMax } = options;
  if (slots.length === 0 && reads.length === 0 && !isGuarded) return { kind: 'nothing' };
  if (slots.length === 0 && atOnceMax > 0) {
    // One look shows all of them at once, so that nothing has to be locked for it.
    if (reads.length <= atOnceMax) return { kind: 'validate', reads };
  } else if (slots.length === 0 && !isGuarded && isSettledByItself(reads)) {
    return { kind: 'nothing' };
  }
  const [only] = slots;
  const version = only?.snapshot.version;
  const isWhole = slots.length === 1 && reads.length === 0 && !isGuarded;
  if (isWhole && only !== undefined && version !== undefined && isWritten(only.operation)) {
    return { kind: 'one-write', slot: only, version };
  }
  return pin(slots, reads, hasQuery);
}

/**
 * Two looks at an absent item cannot show that it was there in between, so two such reads may both
 * seem true and never have been so together. All but one are locked, and that one is validated
 * first, at the moment at which the transaction takes its place among the others.
 */
function pin(slots: readonly Slot[], reads: readonly Access[], hasQuery: boolean): Plan {
  const forgetful = reads.filter(({ snapshot }) => isForgetful(snapshot));
  const versioned = reads.filter(({ snapshot }) => !isForgetful(snapshot));
  const free = hasQuery ? 0 : 1;
  const pinned = forgetful.slice(free).map(keep);
  const validated = [...forgetful.slice(0, free), ...versioned];
  if (slots.length === 0 && pinned.length === 0) return { kind: 'validate', reads: validated };
  return { kind: 'locks', slots: inOrder([...slots, ...pinned]), reads: validated };
}

/** A read that is locked. */
export function keep(access: Access): Slot {
  const isAbsent = access.snapshot.image === undefined;
  return { ...access, operation: { kind: 'keep', isAbsent } };
}

/** In one order for all transactions, so that they queue up rather than cross each other. */
export function inOrder(slots: readonly Slot[]): readonly Slot[] {
  return slots.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** What an intent comes to where the item is as it was seen; `undefined`: nothing is written. */
export function operationOf({ place, snapshot, intent }: Access): Change | undefined {
  const { image, version: previous } = snapshot;
  if (intent === undefined) return undefined;
  switch (intent.kind) {
    case 'delete':
      return image === undefined ? undefined : { kind: 'delete' };
    case 'put':
      return { kind: 'put', image: { ...intent.image, ...holdIn(image) }, previous };
    case 'patch': {
      if (image === undefined) {
        return { kind: 'put', image: { ...place.key, ...intent.set }, previous };
      }
      const remove = [...intent.remove, ...stubIn(image)];
      return { kind: 'patch', set: intent.set, remove, previous };
    }
    case 'amend':
      return { kind: 'amend', set: intent.set, remove: intent.remove };
  }
}

function isWritten({ kind }: Operation): boolean {
  return kind === 'put' || kind === 'patch';
}

/**
 * A single read is true at the moment at which it was made. Not under a lock that was not decided:
 * its transaction may have been acknowledged before the read was.
 */
function isSettledByItself(reads: readonly Access[]): boolean {
  return reads.length === 0 || (reads.length === 1 && reads[0]?.snapshot.isPending === false);
}
