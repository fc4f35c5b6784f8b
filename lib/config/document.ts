import { HoldfastError, InvalidArgumentError } from '../errors.ts';
import { faultOfValue } from '../store/request-fault.ts';
import type { Value } from '../store/value.ts';

/** The largest document as JSON text in UTF-8: what an item has room for, with a reserve. */
export const DOCUMENT_BYTES_MAX = 300 * 1_024;

/**
 * The JSON text of a document.
 *
 * @throws InvalidArgumentError for what JSON or the table cannot hold, `config-too-large`
 */
export function textOf(name: string, value: unknown): string {
  const fault = faultOfValue(value as Value, 'value', 1);
  if (fault !== undefined) {
    throw new InvalidArgumentError('value', `a JSON value (${fault})`, value);
  }
  const text = JSON.stringify(value);
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= DOCUMENT_BYTES_MAX) return text;
  throw new HoldfastError(
    'config-too-large',
    `config '${name}': expected at most ${DOCUMENT_BYTES_MAX} bytes of JSON, got ${bytes}; ` +
      'keep large values elsewhere and publish where they are',
  );
}

/** Freezes a value with all that it holds: who changes it would change it for everybody. */
export function deepFreeze<Thing>(value: Thing): Thing {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}

/** A change of a document as JSON Merge Patch (RFC 7396) describes it: `null` removes. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const merged: Record<string, unknown> = isMap(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

/** One difference between two documents. A path is where it is, from the root. */
export interface Difference {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly path: readonly (string | number)[];
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What differs between two documents; `undefined` is a document that is not there. */
export function differencesOf(
  before: unknown,
  after: unknown,
  path: readonly (string | number)[] = [],
): readonly Difference[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [{ kind: 'added', path, after }];
  if (after === undefined) return [{ kind: 'removed', path, before }];
  const bothLists = Array.isArray(before) && Array.isArray(after);
  if (bothLists || (isMap(before) && isMap(after))) {
    const [left, right] = [before as Record<string, unknown>, after as Record<string, unknown>];
    const names = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...names].flatMap((name) =>
      differencesOf(left[name], right[name], [...path, bothLists ? Number(name) : name]),
    );
  }
  return before === after ? [] : [{ kind: 'changed', path, before, after }];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
