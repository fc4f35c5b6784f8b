import { HoldfastError } from '../errors.ts';
import type { Value, ValueMap } from './value.ts';

/** Reads attributes of a row. One of another shape is an error that names it, never a guess. */
export class RowFields {
  readonly #map: ValueMap;
  readonly #within: string;

  constructor(value: Value, within = '') {
    if (!isMap(value)) throw new HoldfastError('row-invalid', `'${within}': expected a map`);
    this.#map = value;
    this.#within = within === '' ? '' : `${within}.`;
  }

  count(name: string): number {
    return this.optionalCount(name) ?? this.#fail(name, 'a whole number', undefined);
  }

  optionalCount(name: string): number | undefined {
    const value = this.#map[name];
    if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= 0)) {
      return value as number | undefined;
    }
    return this.#fail(name, 'a whole number', value);
  }

  optionalText(name: string): string | undefined {
    const value = this.#map[name];
    if (value === undefined || typeof value === 'string') return value;
    return this.#fail(name, 'a string', value);
  }

  optionalMap(name: string): ValueMap | undefined {
    const value = this.#map[name];
    return value === undefined || isMap(value) ? value : this.#fail(name, 'a map', value);
  }

  flag(name: string): boolean {
    const value = this.#map[name];
    return typeof value === 'boolean' ? value : this.#fail(name, 'true or false', value);
  }

  /** The members of a map, each with its name; none when it is missing. */
  members(name: string): readonly (readonly [string, Value])[] {
    const value = this.#map[name] ?? {};
    return isMap(value) ? Object.entries(value) : this.#fail(name, 'a map', value);
  }

  list(name: string): readonly Value[] {
    const value = this.#map[name] ?? [];
    return Array.isArray(value) ? value : this.#fail(name, 'a list', value);
  }

  #fail(name: string, expected: string, got: Value | undefined): never {
    throw new HoldfastError(
      'row-invalid',
      `attribute '${this.#within}${name}': expected ${expected}, got ${JSON.stringify(got)}`,
    );
  }
}

function isMap(value: Value): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
