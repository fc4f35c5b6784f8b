import type { Path, Value } from './value.ts';
import { pathOf } from './value.ts';

/**
 * One change of one item, as data. All actions of an update read the item as it was before the
 * update, as in DynamoDB, so their order never matters; no two may touch overlapping paths.
 */
export type UpdateAction =
  | { readonly kind: 'set'; readonly path: Path; readonly value: Value }
  | {
      /** Copies another attribute. Without a fallback a missing source is an invalid request. */
      readonly kind: 'copy';
      readonly path: Path;
      readonly from: Path;
      readonly fallback?: Value | undefined;
    }
  | {
      /** Adds to a number; a missing one counts as zero. */
      readonly kind: 'increment';
      readonly path: Path;
      readonly by: number;
    }
  | {
      /** Appends to a list; a missing one counts as empty. */
      readonly kind: 'append';
      readonly path: Path;
      readonly values: readonly Value[];
    }
  | { readonly kind: 'remove'; readonly path: Path };

export function set(path: string | Path, value: Value): UpdateAction {
  return { kind: 'set', path: pathOf(path), value };
}

/** Sets when a value is given and removes when not, so that no old value can stay behind. */
export function setOrRemove(path: string | Path, value: Value | undefined): UpdateAction {
  return value === undefined ? remove(path) : set(path, value);
}

export function copy(path: string | Path, from: string | Path, fallback?: Value): UpdateAction {
  return { kind: 'copy', path: pathOf(path), from: pathOf(from), fallback };
}

export function increment(path: string | Path, by: number): UpdateAction {
  return { kind: 'increment', path: pathOf(path), by };
}

export function append(path: string | Path, ...values: readonly Value[]): UpdateAction {
  return { kind: 'append', path: pathOf(path), values };
}

export function remove(path: string | Path): UpdateAction {
  return { kind: 'remove', path: pathOf(path) };
}
