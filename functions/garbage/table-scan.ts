import { DynamoDBClient, type DynamoDBClientConfig, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Condition } from '../../lib/store/condition.ts';
import { attributesOf, itemOf } from '../../lib/store/dynamo-item.ts';
import { compileCondition } from '../../lib/store/expression.ts';
import { PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from '../../lib/store/schema.ts';
import type { Key } from '../../lib/store/value.ts';
import type { ExpiredRow } from './expired.ts';
import type { World } from './sweep.ts';

/** So many rows a page: few enough that a run of a slow sweep still gets through one. */
const ROWS_PER_PAGE = 500;

/** Scans a table, page by page. The only place of this package that does. */
export function scanOf(
  table: string,
  client: DynamoDBClientConfig = {},
  rowsPerPage = ROWS_PER_PAGE,
): World['scan'] {
  // Reading once more does no harm, so here the SDK's own retries are welcome.
  const dynamo = new DynamoDBClient(client);
  return async (which: Condition, after: Key | undefined) => {
    const {
      ConditionExpression,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values = {},
    } = compileCondition(which);
    const { Items, LastEvaluatedKey, ConsumedCapacity } = await dynamo.send(
      new ScanCommand({
        TableName: table,
        Limit: rowsPerPage,
        // The filter names the time to live, so its alias exists; keys need none.
        ProjectionExpression: `${PARTITION_KEY}, ${SORT_KEY}, #${TTL_ATTRIBUTE}`,
        FilterExpression: ConditionExpression,
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: attributesOf(values),
        ReturnConsumedCapacity: 'TOTAL',
        ...(after !== undefined && { ExclusiveStartKey: attributesOf({ ...after }) }),
      }),
    );
    return {
      rows: (Items ?? []).map((attributes) => itemOf(attributes) as unknown as ExpiredRow),
      next: itemOf(LastEvaluatedKey) as Key | undefined,
      units: ConsumedCapacity?.CapacityUnits ?? 0,
    };
  };
}
