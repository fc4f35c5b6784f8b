/** A value that an attribute can hold. Numbers are JavaScript's: exact up to 2^53. */
export type Value = string | number | boolean | null | ValueList | ValueMap;
export type ValueList = readonly Value[];
export interface ValueMap {
  readonly [name: string]: Value;
}

/** One row. `pk` and `sk` are attributes like the others. */
export type Item = ValueMap;

/** Where in an item: an attribute's name, then map keys and list positions. */
export type Path = readonly [string, ...(string | number)[]];

/** The key of a row. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export function pathOf(path: string | Path): Path {
  return typeof path === 'string' ? [path] : path;
}
