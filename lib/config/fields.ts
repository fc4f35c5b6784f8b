import { HoldfastError } from '../errors.ts';
import type { ValueMap } from '../store/value.ts';

/** A whole number of a row; an attribute of another shape is an error, never a guess. */
export function numberIn(map: ValueMap, name: string): number | undefined {
  const value = map[name];
  if (value === undefined || Number.isSafeInteger(value)) return value as number | undefined;
  throw strange(name, 'a whole number');
}

export function stringIn(map: ValueMap, name: string): string | undefined {
  const value = map[name];
  if (value === undefined || typeof value === 'string') return value;
  throw strange(name, 'a string');
}

export function strange(name: string, expected: string): HoldfastError {
  return new HoldfastError(
    'row-invalid',
    `attribute '${name}' of a configuration: expected ${expected}`,
  );
}
