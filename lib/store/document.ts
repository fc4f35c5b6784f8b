import type { Item, Path, Value, ValueList, ValueMap } from './value.ts';

/** The pieces that judging and changing items in memory share: look up, compare, copy. */

export interface MutableMap {
  [name: string]: MutableValue;
}
export type MutableList = MutableValue[];
export type MutableValue = string | number | boolean | null | MutableList | MutableMap;

export function isList(value: Value | undefined): value is ValueList {
  return Array.isArray(value);
}

export function isMap(value: Value | undefined): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at `path`; undefined when there is none, or when the path runs into another type. */
export function lookup(item: Item | undefined, path: Path): Value | undefined {
  let value: Value | undefined = item;
  for (const segment of path) {
    if (typeof segment === 'number') {
      value = isList(value) ? value[segment] : undefined;
    } else {
      // Own properties only: an attribute called `constructor` must not be found on every item.
      value = isMap(value) && Object.hasOwn(value, segment) ? value[segment] : undefined;
    }
  }
  return value;
}

/** DynamoDB's `=`: same type and same content; the order of a map's keys means nothing. */
export function sameValue(left: Value | undefined, right: Value | undefined): boolean {
  if (isList(left)) {
    if (!isList(right) || left.length !== right.length) return false;
    return left.every((value, index) => sameValue(value, right[index]));
  }
  if (isMap(left)) {
    if (!isMap(right)) return false;
    const names = Object.keys(left);
    if (names.length !== Object.keys(right).length) return false;
    return names.every((name) => Object.hasOwn(right, name) && sameValue(left[name], right[name]));
  }
  return left === right;
}

/**
 * Negative, zero or positive as `left` sorts before, with or after `right`; undefined when the two
 * have no order. Strings sort by their UTF-8 bytes, which is the order of code points and not
 * JavaScript's own `<`: that one compares UTF-16 units and puts an emoji before U+FFFD.
 */
export function orderOf(left: Value | undefined, right: Value): number | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return codePointOrder(left, right);
  return undefined;
}

function codePointOrder(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index += 1) {
    if (left.charCodeAt(index) !== right.charCodeAt(index)) {
      return sortableUnit(left.charCodeAt(index)) - sortableUnit(right.charCodeAt(index));
    }
  }
  return left.length - right.length;
}

/** Moves surrogates above every other unit, where the code points that they stand for belong. */
function sortableUnit(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** A deep copy that shares nothing with `value`. */
export function copyMap(value: ValueMap): MutableMap {
  const copy: MutableMap = {};
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (member !== undefined) copy[name] = copyValue(member);
  }
  return copy;
}

export function copyValue(value: Value): MutableValue {
  if (isList(value)) return value.map(copyValue);
  return isMap(value) ? copyMap(value) : value;
}

/** Freezes `value` and everything in it, in place. */
export function freezeDeep<T extends Value>(value: T): T {
  if (isList(value)) for (const member of value) freezeDeep(member);
  else if (isMap(value)) for (const member of Object.values(value)) freezeDeep(member);
  return Object.freeze(value);
}
