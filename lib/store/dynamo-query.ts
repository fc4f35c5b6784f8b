import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { attributesOf } from './dynamo-item.ts';
import { PARTITION_KEY, SORT_KEY } from './schema.ts';
import type { QueryRequest } from './store.ts';

/** A query of the table in the SDK's words. Its pages' rows are whole. */
export function queryCommand(common: { TableName: string }, request: QueryRequest): QueryCommand {
  const { pk, range, limit, after } = request;
  const values: Record<string, string> = { ':pk': pk };
  let condition = '#pk = :pk';
  if (range !== undefined && 'prefix' in range) {
    condition += ' AND begins_with(#sk, :prefix)';
    values[':prefix'] = range.prefix;
  } else if (range !== undefined) {
    condition += ' AND #sk BETWEEN :from AND :to';
    values[':from'] = range.from;
    values[':to'] = range.to;
  }
  return new QueryCommand({
    ...common,
    KeyConditionExpression: condition,
    ExpressionAttributeNames: { '#pk': PARTITION_KEY, ...(range && { '#sk': SORT_KEY }) },
    ExpressionAttributeValues: attributesOf(values),
    ScanIndexForward: request.order !== 'descending',
    ConsistentRead: request.consistent,
    ...(limit !== undefined && { Limit: limit }),
    ...(after !== undefined && { ExclusiveStartKey: attributesOf({ pk, sk: after }) }),
  });
}
