import { HoldfastError } from '../errors.ts';
import type { Item, Value, ValueMap } from '../store/value.ts';

/** A whole number of a row; an attribute of another shape is an error, never a guess. */
export function countOf(item: Item | ValueMap, name: string): number | undefined {
  const value = item[name];
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && Number(value) >= 0) return value as number;
  return fail(name, 'a whole number', value);
}

export function textOf(item: Item | ValueMap, name: string): string | undefined {
  const value = item[name];
  if (value === undefined || typeof value === 'string') return value;
  return fail(name, 'a string', value);
}

export function mapOf(item: Item | ValueMap, name: string): ValueMap | undefined {
  const value = item[name];
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as ValueMap;
  }
  return fail(name, 'a map', value);
}

function fail(name: string, expected: string, got: Value): never {
  const text = JSON.stringify(got);
  throw new HoldfastError('row-invalid', `attribute '${name}': expected ${expected}, got ${text}`);
}
