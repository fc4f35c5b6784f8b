import {
  type CancellationReason as RawReason,
  TransactionCanceledException,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { attributesOf } from './dynamo-item.ts';
import { itemOf, Names, rawOf } from './dynamo-item-expression.ts';
import { type CompiledCondition, compileCondition, compileUpdate } from './expression.ts';
import type {
  CancellationReason,
  ItemTransactionPart,
  RowCheck,
  RowUpdate,
} from './item-transaction.ts';
import type { StoreFailure } from './store.ts';
import type { Key } from './value.ts';

/** Native transactions in the SDK's notation, and why they were cancelled in ours. */

const SHOWS_REFUSING = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;

export function rawPart(part: ItemTransactionPart): TransactWriteItem {
  if (part.kind === 'row-check') return rawRowCheck(part);
  if (part.kind === 'row-update') return rawRowUpdate(part);
  const names = new Names();
  const common = { TableName: part.table, ...SHOWS_REFUSING };
  const Key = rawOf(part.key);
  switch (part.kind) {
    case 'put':
      return { Put: { ...common, Item: rawOf(part.item), ...names.condition(part) } };
    case 'update': {
      const { UpdateExpression = '' } = names.update(part);
      return { Update: { ...common, Key, UpdateExpression, ...names.condition(part) } };
    }
    case 'delete':
      return { Delete: { ...common, Key, ...names.condition(part) } };
    case 'check': {
      const { ConditionExpression = '', ...aliases } = names.condition(part);
      return { ConditionCheck: { ...common, Key, ConditionExpression, ...aliases } };
    }
  }
}

function rawRowCheck({ table, key, condition }: RowCheck): TransactWriteItem {
  const { ConditionExpression = '', ...rest } = compileCondition(condition);
  return { ConditionCheck: { ...rowExpressions(table, key, rest), ConditionExpression } };
}

function rawRowUpdate({ table, key, actions, condition }: RowUpdate): TransactWriteItem {
  const { UpdateExpression = '', ...rest } = compileUpdate(actions, condition);
  const common = { ...rowExpressions(table, key, rest), ...SHOWS_REFUSING };
  return { Update: { ...common, UpdateExpression } };
}

function rowExpressions(table: string, { pk, sk }: Key, compiled: CompiledCondition) {
  const { ExpressionAttributeValues: values, ...rest } = compiled;
  return {
    TableName: table,
    Key: attributesOf({ pk, sk }),
    ...rest,
    ...(values !== undefined && { ExpressionAttributeValues: attributesOf(values) }),
  };
}

/** The reasons of a cancellation, one for each part; `undefined`: it is another error. */
export function reasonsOf(error: unknown): readonly CancellationReason[] | undefined {
  // By its name as well: two copies of the SDK have two classes.
  const isCancelled =
    error instanceof TransactionCanceledException ||
    (error instanceof Error && error.name === 'TransactionCanceledException');
  if (!isCancelled) return undefined;
  const { CancellationReasons: reasons } = error as TransactionCanceledException;
  return reasons?.map(reasonOf);
}

function reasonOf({ Code: code = 'None', Message: text, Item }: RawReason): CancellationReason {
  if (code === 'None') return { kind: 'none' };
  if (code === 'ConditionalCheckFailed') {
    const isShown = Item !== undefined && Object.keys(Item).length > 0;
    return { kind: 'refused', item: isShown ? itemOf(Item) : undefined };
  }
  const message = `${code}: ${text ?? 'no details'}`;
  return { kind: 'failed', failure: { ...kindOfCode(code), message } };
}

function kindOfCode(code: string): Pick<StoreFailure, 'reason' | 'retryable'> {
  switch (code) {
    case 'TransactionConflict':
      return { reason: 'conflict', retryable: true };
    case 'ProvisionedThroughputExceeded':
    case 'ThrottlingError':
    case 'RequestLimitExceeded':
      return { reason: 'throttled', retryable: true };
    default:
      // ValidationError, ItemCollectionSizeLimitExceeded, DuplicateItem: no repetition mends them.
      return { reason: 'invalid-request', retryable: false };
  }
}
