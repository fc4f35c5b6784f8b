import { invariant } from '../core/invariant.ts';
import type { Condition } from './condition.ts';
import { Placeholders } from './placeholders.ts';
import type { UpdateAction } from './update.ts';
import type { Path, Value } from './value.ts';

/**
 * Compiles conditions and updates to DynamoDB's expression text. Pure and deterministic: equal
 * input gives equal text. The results have the shape of the document client's commands, ready to
 * be spread into one; parts that would be empty are left out, because DynamoDB refuses empty ones.
 */
export interface CompiledCondition {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, Value>;
}

export interface CompiledUpdate extends CompiledCondition {
  readonly UpdateExpression?: string;
}

/** Compiles a condition. One that is always true, or absent, compiles to nothing at all. */
export function compileCondition(condition: Condition | undefined): CompiledCondition {
  const placeholders = new Placeholders();
  const text = conditionText(condition, placeholders);
  return { ...(text !== undefined && { ConditionExpression: text }), ...placeholders.attributes() };
}

/** Compiles an update and its condition. Without actions it writes the key alone, if need be. */
export function compileUpdate(
  actions: readonly UpdateAction[],
  condition?: Condition | undefined,
): CompiledUpdate {
  const placeholders = new Placeholders();
  const update = updateText(actions, placeholders);
  const text = conditionText(condition, placeholders);
  return {
    ...(update !== undefined && { UpdateExpression: update }),
    ...(text !== undefined && { ConditionExpression: text }),
    ...placeholders.attributes(),
  };
}

function conditionText(condition: Condition | undefined, placeholders: Placeholders) {
  const simple = condition === undefined ? undefined : simplify(condition);
  return simple === undefined ? undefined : textOf(simple, placeholders);
}

/**
 * Removes what DynamoDB's grammar cannot say: empty and single groups, and groups within groups of
 * the same kind (it refuses "redundant parentheses"). Undefined stands for "always true".
 */
function simplify(condition: Condition): Condition | undefined {
  switch (condition.kind) {
    case 'and': {
      const all = condition.all.flatMap((part) => {
        const simple = simplify(part);
        if (simple === undefined) return [];
        return simple.kind === 'and' ? simple.all : [simple];
      });
      return all.length > 1 ? { kind: 'and', all } : all[0];
    }
    case 'or': {
      invariant(condition.any.length > 0, 'a condition of alternatives has at least one');
      const any: Condition[] = [];
      for (const part of condition.any) {
        const simple = simplify(part);
        if (simple === undefined) return undefined;
        any.push(...(simple.kind === 'or' ? simple.any : [simple]));
      }
      return any.length > 1 ? { kind: 'or', any } : any[0];
    }
    case 'not': {
      const simple = simplify(condition.condition);
      invariant(simple !== undefined, 'a condition is not the opposite of "always"');
      return simple.kind === 'not' ? simple.condition : { kind: 'not', condition: simple };
    }
    default:
      return condition;
  }
}

function textOf(condition: Condition, placeholders: Placeholders): string {
  const group = (part: Condition) => {
    const text = textOf(part, placeholders);
    return part.kind === 'and' || part.kind === 'or' ? `(${text})` : text;
  };
  switch (condition.kind) {
    case 'exists':
      return `attribute_exists(${placeholders.path(condition.path)})`;
    case 'absent':
      return `attribute_not_exists(${placeholders.path(condition.path)})`;
    case 'compare': {
      const { path, operator, value } = condition;
      return `${placeholders.path(path)} ${operator} ${placeholders.value(path, value)}`;
    }
    case 'and':
      return condition.all.map(group).join(' AND ');
    case 'or':
      return condition.any.map(group).join(' OR ');
    case 'not':
      return `NOT (${textOf(condition.condition, placeholders)})`;
  }
}

function updateText(actions: readonly UpdateAction[], placeholders: Placeholders) {
  const sets: string[] = [];
  const removes: Path[] = [];
  for (const action of actions) {
    if (action.kind === 'remove') removes.push(action.path);
    else sets.push(`${placeholders.path(action.path)} = ${operandOf(action, placeholders)}`);
  }
  const clauses: string[] = [];
  if (sets.length > 0) clauses.push(`SET ${sets.join(', ')}`);
  if (removes.length > 0) {
    // DynamoDB means the old positions, whatever the order; emulators remove one after the other,
    // which comes to the same only if the last positions go first.
    const paths = removes.toSorted(lastPositionFirst).map((path) => placeholders.path(path));
    clauses.push(`REMOVE ${paths.join(', ')}`);
  }
  return clauses.length > 0 ? clauses.join(' ') : undefined;
}

function operandOf(
  action: Exclude<UpdateAction, { kind: 'remove' }>,
  placeholders: Placeholders,
): string {
  const { path } = action;
  const target = placeholders.path(path);
  switch (action.kind) {
    case 'set':
      return placeholders.value(path, action.value);
    case 'copy': {
      const source = placeholders.path(action.from);
      if (action.fallback === undefined) return source;
      return `if_not_exists(${source}, ${placeholders.value(path, action.fallback)})`;
    }
    case 'increment': {
      const zero = placeholders.constant('zero', 0);
      return `if_not_exists(${target}, ${zero}) + ${placeholders.value(path, action.by)}`;
    }
    case 'append': {
      const empty = placeholders.constant('emptyList', []);
      const values = placeholders.value(path, action.values);
      return `list_append(if_not_exists(${target}, ${empty}), ${values})`;
    }
  }
}

/** Sorts by name, and positions of one list in falling order. A total order, as sorting needs. */
function lastPositionFirst(left: Path, right: Path): number {
  for (let depth = 0; depth < Math.min(left.length, right.length); depth += 1) {
    const leftSegment = left[depth];
    const rightSegment = right[depth];
    if (leftSegment === rightSegment) continue;
    if (typeof leftSegment === 'number' && typeof rightSegment === 'number') {
      return rightSegment - leftSegment;
    }
    return String(leftSegment) < String(rightSegment) ? -1 : 1;
  }
  return left.length - right.length;
}
