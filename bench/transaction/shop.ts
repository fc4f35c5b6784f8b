import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Holdfast } from '../../lib/index.ts';
import { DynamoItemStore } from '../../lib/store/dynamo-item-store.ts';
import type { ObservedRequest } from '../../lib/store/request-observer.ts';
import {
  type TransactionMode,
  type Transactions,
  transactions,
} from '../../lib/transaction/index.ts';
import { type RunningWireEngine, TABLE } from '../common/engines.ts';

export const ITEMS = 'items';

/** One process's transactions, and what their requests have cost. */
export interface Shop extends AsyncDisposable {
  readonly transactions: Transactions;
  readonly holdfast: Holdfast;
  readonly store: DynamoItemStore;
  readonly requests: ObservedRequest[];
}

export function openShop({ client }: RunningWireEngine, mode?: TransactionMode): Shop {
  const requests: ObservedRequest[] = [];
  const onRequest = (request: ObservedRequest) => requests.push(request);
  const store = new DynamoItemStore({ client, onRequest });
  const holdfast = new Holdfast({ table: TABLE, clientConfig: client, requestTimeoutMs: 10_000 });
  const tables = { [ITEMS]: ['id'] } as const;
  return {
    transactions: transactions(holdfast, { tables, items: store, mode }),
    holdfast,
    store,
    requests,
    async [Symbol.asyncDispose]() {
      await holdfast.close();
      store.close();
    },
  };
}

export async function createItems({ client }: RunningWireEngine): Promise<void> {
  const dynamo = new DynamoDBClient(client);
  await dynamo.send(
    new CreateTableCommand({
      TableName: ITEMS,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  dynamo.destroy();
}

/** Adds one to each of the items, and returns how often the function ran. */
export async function addToEach(
  { transactions: shop }: Shop,
  ids: readonly string[],
): Promise<number> {
  const { attempts } = await shop.transact(
    async (tx) => {
      const items = await tx.getAll(ids.map((id) => [ITEMS, { id }] as const));
      for (const [index, id] of ids.entries()) {
        tx.update(ITEMS, { id }, { set: { value: Number(items[index]?.value ?? 0) + 1 } });
      }
    },
    { maxAttempts: 10_000 },
  );
  return attempts;
}
