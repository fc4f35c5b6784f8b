import { invariant } from '../core/invariant.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { Condition } from '../store/condition.ts';
import { type CompiledCondition, compileCondition } from '../store/expression.ts';
import type { Key } from '../store/value.ts';
import { type Holding, ownedBy } from './writes.ts';

/** A condition on the library's row, in the shape of `TransactWriteCommand` of `lib-dynamodb`. */
export interface Guard {
  readonly ConditionCheck: {
    readonly TableName: string;
    readonly Key: Record<keyof Key, string>;
    readonly ConditionExpression: string;
  } & CompiledCondition;
}

/** The parts of a `PutCommand` or `UpdateCommand` input that a fence touches. */
export interface FenceableInput {
  readonly Item?: Record<string, unknown> | undefined;
  readonly Key?: Record<string, unknown> | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, unknown> | undefined;
}

/** The same input with the fence's condition, names and values added. */
export type Fenced<Input extends FenceableInput> = Input & {
  ConditionExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues: Record<string, unknown>;
};

export const DEFAULT_FENCE_ATTRIBUTE = 'fence';
const NAME = '#holdfastFence';
const TOKEN = ':holdfastToken';

export function guardOf(table: string, holding: Holding): Guard {
  return guardOfCondition(table, holding.key, ownedBy(holding));
}

/** The same for a row that several may hold parts of: `condition` says whose part it is. */
export function guardOfCondition(table: string, { pk, sk }: Key, condition: Condition): Guard {
  const { ConditionExpression, ...placeholders } = compileCondition(condition);
  invariant(ConditionExpression !== undefined, 'an owner is checked by a condition');
  const guard = {
    ConditionCheck: { TableName: table, Key: { pk, sk }, ConditionExpression, ...placeholders },
  };
  CONDITIONS.set(guard, condition);
  return guard;
}

const CONDITIONS = new WeakMap<Guard, Condition>();

/** What a guard asks for, as data: for those who look at the row themselves. */
export function conditionOfGuard(guard: Guard): Condition | undefined {
  return CONDITIONS.get(guard);
}

/**
 * Adds to a write of the caller's own item: refuse if a later holder has written it, and stamp the
 * token. `<=`, because a holder may write an item more than once.
 */
export function fenceInput<Input extends FenceableInput>(
  input: Input,
  token: number,
  attribute: string,
): Fenced<Input> {
  const fresh = `attribute_not_exists(${NAME}) OR ${NAME} <= ${TOKEN}`;
  const { ConditionExpression: condition } = input;
  return {
    ...input,
    ...stamp(input, token, attribute),
    ConditionExpression: condition === undefined ? fresh : `${conjunct(condition)} AND (${fresh})`,
    ExpressionAttributeNames: { ...input.ExpressionAttributeNames, [NAME]: attribute },
    ExpressionAttributeValues: { ...input.ExpressionAttributeValues, [TOKEN]: token },
  };
}

function stamp(input: FenceableInput, token: number, attribute: string): FenceableInput {
  if (input.Item !== undefined) return { Item: { ...input.Item, [attribute]: token } };
  if (input.UpdateExpression !== undefined) {
    return { UpdateExpression: withAssignment(input.UpdateExpression, `${NAME} = ${TOKEN}`) };
  }
  throw new InvalidArgumentError(
    'input',
    'an Item to put or an UpdateExpression (a deleted item forgets its fence: protect a delete ' +
      'with guard() in a transaction, or mark the item as deleted instead)',
    input,
  );
}

/** Adds an assignment to an update's SET clause, or the clause when there is none. */
function withAssignment(expression: string, assignment: string): string {
  // SET is a reserved word, so outside of placeholders it can only be the clause's keyword.
  const clause = /(?<![#:\w.])SET(?!\w)/i;
  return clause.test(expression)
    ? expression.replace(clause, (keyword) => `${keyword} ${assignment}, `)
    : `SET ${assignment} ${expression}`;
}

/** The condition, in parentheses only where it needs them: DynamoDB refuses redundant ones. */
function conjunct(condition: string): string {
  let depth = 0;
  for (const [word] of condition.matchAll(/[()]|(?<![#:\w.])OR(?!\w)/gi)) {
    if (word === '(') depth += 1;
    else if (word === ')') depth -= 1;
    else if (depth === 0) return `(${condition})`;
  }
  return condition;
}
