import { invariant } from '../core/invariant.ts';
import type { Comparison, Condition } from './condition.ts';
import {
  copyMap,
  copyValue,
  isList,
  isMap,
  lookup,
  type MutableList,
  type MutableMap,
  orderOf,
  sameValue,
} from './document.ts';
import { PARTITION_KEY, SORT_KEY } from './schema.ts';
import type { UpdateAction } from './update.ts';
import type { Item, Key, Path, Value } from './value.ts';

/**
 * What DynamoDB would do with a condition or an update, computed in memory. The conformance suite
 * holds it against real engines, case by random case; where they disagree with each other,
 * AWS's own DynamoDB Local decides.
 */

/** Whether `condition` holds for `item`; undefined is a row that does not exist. */
export function evaluateCondition(condition: Condition, item: Item | undefined): boolean {
  switch (condition.kind) {
    case 'exists':
      return lookup(item, condition.path) !== undefined;
    case 'absent':
      return lookup(item, condition.path) === undefined;
    case 'compare':
      return comparisonHolds(lookup(item, condition.path), condition.operator, condition.value);
    case 'and':
      return condition.all.every((part) => evaluateCondition(part, item));
    case 'or':
      invariant(condition.any.length > 0, 'a condition of alternatives has at least one');
      return condition.any.some((part) => evaluateCondition(part, item));
    case 'not':
      return !evaluateCondition(condition.condition, item);
  }
}

function comparisonHolds(stored: Value | undefined, operator: Comparison, given: Value): boolean {
  if (operator === '=') return sameValue(stored, given);
  if (operator === '<>') return !sameValue(stored, given);
  const order = orderOf(stored, given);
  if (order === undefined) return false;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

export type UpdateOutcome =
  | { readonly kind: 'applied'; readonly item: Item & Key }
  /** The service would answer with a ValidationException and change nothing. */
  | { readonly kind: 'invalid'; readonly message: string };

/**
 * The row after the update. A row that does not exist comes into being with its key. The result
 * shares nothing with `item` or with the values of the actions.
 */
export function applyUpdate(
  actions: readonly UpdateAction[],
  item: Item | undefined,
  key: Key,
): UpdateOutcome {
  const fault = faultOfActions(actions);
  if (fault !== undefined) return { kind: 'invalid', message: fault };
  const old: Item = item ?? { ...key };
  const target = copyMap(old);
  const writes: { readonly place: Place; readonly value: Value }[] = [];
  const removals: Place[] = [];
  // Every value and every place is found in the old row first: no action sees another's effect.
  for (const action of actions) {
    const place = placeOf(target, action.path);
    if (place === undefined) return { kind: 'invalid', message: INVALID_PATH };
    if (action.kind === 'remove') {
      removals.push(place);
      continue;
    }
    const operand = operandOf(action, old);
    if (operand.kind === 'invalid') return operand;
    writes.push({ place, value: operand.value });
  }
  // Beyond a list's end elements are appended in order of their positions, without gaps.
  for (const { place, value } of writes.toSorted(
    (a, b) => positionOf(a.place) - positionOf(b.place),
  )) {
    write(place, copyValue(value));
  }
  // From the back, so that each removal leaves the positions that are still to go as they were.
  for (const place of removals.toSorted((a, b) => positionOf(b) - positionOf(a))) erase(place);
  return { kind: 'applied', item: { ...target, ...key } };
}

/** What is wrong with the actions, whatever the row. The service says so before any condition. */
export function faultOfActions(actions: readonly UpdateAction[]): string | undefined {
  for (const [index, { path }] of actions.entries()) {
    if (path[0] === PARTITION_KEY || path[0] === SORT_KEY) {
      return `Cannot update attribute ${path[0]}. This attribute is part of the key`;
    }
    for (const { path: other } of actions.slice(index + 1)) {
      if (pathsClash(path, other)) {
        return `Two document paths overlap: ${path.join('.')} and ${other.join('.')}`;
      }
    }
  }
  return undefined;
}

/** Whether one path is or contains the other, or calls a list what the other calls a map. */
function pathsClash(left: Path, right: Path): boolean {
  for (let depth = 0; depth < Math.min(left.length, right.length); depth += 1) {
    if (left[depth] !== right[depth]) return typeof left[depth] !== typeof right[depth];
  }
  return true;
}

const INVALID_PATH = 'The document path provided in the update expression is invalid for update';
const MISSING_SOURCE =
  'The provided expression refers to an attribute that does not exist in the item';
const WRONG_TYPE = 'An operand in the update expression has an incorrect data type';

type Operand =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'invalid'; readonly message: string };

function operandOf(action: Exclude<UpdateAction, { kind: 'remove' }>, old: Item): Operand {
  switch (action.kind) {
    case 'set':
      return { kind: 'value', value: action.value };
    case 'copy': {
      // Not `??`: null is a value like any other, and no reason to fall back.
      const source = lookup(old, action.from);
      const value = source === undefined ? action.fallback : source;
      if (value === undefined) return { kind: 'invalid', message: MISSING_SOURCE };
      return { kind: 'value', value };
    }
    case 'increment': {
      const value = lookup(old, action.path);
      if (value === undefined) return { kind: 'value', value: action.by };
      if (typeof value !== 'number') return { kind: 'invalid', message: WRONG_TYPE };
      return { kind: 'value', value: value + action.by };
    }
    case 'append': {
      const value = lookup(old, action.path);
      if (value === undefined) return { kind: 'value', value: action.values };
      if (!isList(value)) return { kind: 'invalid', message: WRONG_TYPE };
      return { kind: 'value', value: [...value, ...action.values] };
    }
  }
}

/** Where an action works: a name in a map, or a position in a list of that many elements. */
type Place =
  | { readonly kind: 'name'; readonly map: MutableMap; readonly name: string }
  | {
      readonly kind: 'position';
      readonly list: MutableList;
      readonly position: number;
      readonly length: number;
    };

/** The place of `path` in `item`; undefined when what should hold it is missing or another type. */
function placeOf(item: MutableMap, path: Path): Place | undefined {
  const parents = path.slice(0, -1);
  const [firstParent, ...otherParents] = parents;
  const holder =
    typeof firstParent === 'string' ? lookup(item, [firstParent, ...otherParents]) : item;
  const last = path[path.length - 1];
  if (typeof last === 'string') {
    return isMap(holder) ? { kind: 'name', map: holder as MutableMap, name: last } : undefined;
  }
  if (!isList(holder) || last === undefined) return undefined;
  const list = holder as MutableList;
  return { kind: 'position', list, position: last, length: list.length };
}

function positionOf(place: Place): number {
  return place.kind === 'position' ? place.position : 0;
}

function write(place: Place, value: MutableMap[string]): void {
  if (place.kind === 'name') place.map[place.name] = value;
  else if (place.position < place.length) place.list[place.position] = value;
  else place.list.push(value);
}

function erase(place: Place): void {
  if (place.kind === 'name') delete place.map[place.name];
  else if (place.position < place.length) place.list.splice(place.position, 1);
}
