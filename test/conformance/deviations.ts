import type { Condition } from '../../lib/store/condition.ts';
import { isList, isMap, lookup } from '../../lib/store/document.ts';
import { evaluateCondition, faultOfActions } from '../../lib/store/evaluate.ts';
import type { UpdateAction } from '../../lib/store/update.ts';
import type { Item, Path, Value } from '../../lib/store/value.ts';
import { type Capability, lackOf } from './capabilities.ts';
import type { EngineName } from './engines.ts';
import type { RandomCase } from './random-case.ts';

/**
 * Which random cases need a capability: exactly those that an engine without it is known to get
 * wrong. Each predicate is as narrow as it can be, so that nothing else hides behind it.
 */
const NEEDED_BY: Partial<Readonly<Record<Capability, (each: RandomCase) => boolean>>> = {
  'empty strings': (each) => valuesOf(each).some(holdsEmptyString),
  'equality of lists and maps': ({ condition }) =>
    comparisonsIn(condition).some(({ value }) => isList(value) || isMap(value)),
  'order by code points': ({ condition, attributes }) =>
    comparisonsIn(condition).some(({ path, operator, value }) => {
      const stored = lookup(attributes, path);
      if (typeof stored !== 'string' || typeof value !== 'string') return false;
      return operator !== '=' && operator !== '<>' && [stored, value].some(holdsHighUnit);
    }),
  'copies of lists and maps': (each) =>
    actionsIn(each).some((action) => {
      const source = action.kind === 'copy' ? lookup(each.attributes, action.from) : undefined;
      return isList(source) || isMap(source);
    }),
  'conflicting paths': ({ operation, actions }) =>
    operation === 'update' &&
    actions.some(({ path }) => actions.some((other) => conflicts(path, other.path))),
  'append beyond the end': (each) =>
    settersIn(each).some(({ path }) => leavesGap(each.attributes, path)),
  'set checks its path': (each) =>
    settersIn(each).some(({ path }) => leadsThroughMissingElement(each.attributes, path)),
  'remove checks its path': (each) =>
    actionsIn(each).some(
      ({ kind, path }) => kind === 'remove' && !hasParent(each.attributes, path),
    ),
};

/** Why the engine can't be asked about this case; undefined when it can. */
export function deviationOf(engine: EngineName, each: RandomCase): string | undefined {
  for (const [capability, needed] of Object.entries(NEEDED_BY)) {
    const lack = lackOf(engine, capability as Capability);
    if (lack !== undefined && needed(each)) return lack;
  }
  return undefined;
}

/** The actions that the engine comes to carry out. */
function actionsIn({ operation, actions, condition, attributes }: RandomCase) {
  const carriedOut =
    operation === 'update' &&
    (condition === undefined || evaluateCondition(condition, attributes)) &&
    faultOfActions(actions) === undefined;
  return carriedOut ? actions : [];
}

function settersIn(each: RandomCase): UpdateAction[] {
  return actionsIn(each).filter(({ kind }) => kind !== 'remove');
}

type ComparisonCondition = Extract<Condition, { kind: 'compare' }>;

function comparisonsIn(condition: Condition | undefined): ComparisonCondition[] {
  switch (condition?.kind) {
    case 'compare':
      return [condition];
    case 'and':
      return condition.all.flatMap(comparisonsIn);
    case 'or':
      return condition.any.flatMap(comparisonsIn);
    case 'not':
      return comparisonsIn(condition.condition);
    default:
      return [];
  }
}

/** Every value that the case sends. */
function valuesOf(each: RandomCase): Value[] {
  const { attributes, operation, actions, replacement, condition } = each;
  return [
    ...(attributes === undefined ? [] : [attributes]),
    ...(operation === 'put' ? [replacement] : []),
    ...(operation === 'update' ? actions.flatMap(valuesIn) : []),
    ...comparisonsIn(condition).map(({ value }) => value),
  ];
}

function valuesIn(action: UpdateAction): Value[] {
  if (action.kind === 'set') return [action.value];
  if (action.kind === 'append') return [action.values];
  return action.kind === 'copy' && action.fallback !== undefined ? [action.fallback] : [];
}

function holdsEmptyString(value: Value): boolean {
  if (isList(value) || isMap(value)) return Object.values(value).some(holdsEmptyString);
  return value === '';
}

/** Whether UTF-16 and UTF-8 may sort the text differently from others. */
function holdsHighUnit(text: string): boolean {
  return /[\uD800-\uFFFF]/.test(text);
}

function parentOf(item: Item | undefined, path: Path): Value | undefined {
  const [first, ...rest] = path.slice(0, -1);
  return typeof first === 'string' ? lookup(item, [first, ...rest]) : (item ?? {});
}

function hasParent(item: Item | undefined, path: Path): boolean {
  const parent = parentOf(item, path);
  return typeof path.at(-1) === 'number' ? isList(parent) : isMap(parent);
}

function leavesGap(item: Item | undefined, path: Path): boolean {
  const [parent, last] = [parentOf(item, path), path.at(-1)];
  return isList(parent) && typeof last === 'number' && last > parent.length;
}

/** Through a position beyond a list's end, or through null, which counts as one that is missing. */
function leadsThroughMissingElement(item: Item | undefined, path: Path): boolean {
  const [first, ...rest] = path;
  return rest.some((_, depth) => {
    const prefix: Path = [first, ...rest.slice(0, depth)];
    if (lookup(item, prefix) === null) return true;
    const [holder, last] = [parentOf(item, prefix), prefix.at(-1)];
    return isList(holder) && typeof last === 'number' && last >= holder.length;
  });
}

/** Whether the paths part where one has a name and the other a position. */
function conflicts(left: Path, right: Path): boolean {
  const parting = left.findIndex((segment, depth) => segment !== right[depth]);
  const [one, other] = [left[parting], right[parting]];
  return one !== undefined && other !== undefined && typeof one !== typeof other;
}
