import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { Holdfast } from '../../../../lib/index.ts';
import type { BridgeRecord, StreamSource } from '../../../../lib/local/index.ts';
import { startLocalTable } from '../../../../lib/local/index.ts';

const TableName = 'coordination';

async function withTable(
  play: (client: DynamoDBDocumentClient, feed: StreamSource) => Promise<void>,
): Promise<void> {
  await using local = await startLocalTable();
  await using holdfast = new Holdfast({ table: TableName, clientConfig: local.clientConfig });
  await holdfast.createTable();
  const client = new DynamoDBClient(local.clientConfig);
  try {
    await play(DynamoDBDocumentClient.from(client), await local.changes(TableName));
  } finally {
    client.destroy();
  }
}

async function recordsOf(feed: StreamSource): Promise<readonly BridgeRecord[]> {
  const [shard] = await feed.shards();
  const iterator = await feed.open(shard?.id ?? '', { kind: 'trim-horizon' });
  const read = await feed.read(iterator, 10_000);
  if (read.kind !== 'records') throw new Error(read.kind);
  return read.records;
}

const add = (pk: string, by = 1) =>
  new UpdateCommand({
    ...{ TableName, Key: { pk, sk: 'row' } },
    UpdateExpression: 'ADD amount :by',
    ExpressionAttributeValues: { ':by': by },
  });

describe('the feed of the embedded engine', () => {
  test('shows each write with the images on either side, whoever writes at once', async () => {
    await withTable(async (client, feed) => {
      const names = ['a', 'b', 'c'];
      const rounds = Array.from({ length: 40 }, () => names);
      await Promise.all(rounds.flat().map((pk) => client.send(add(pk))));
      const records = await recordsOf(feed);
      expect(records).toHaveLength(120);
      for (const name of names) {
        const amounts = records
          .filter(({ dynamodb }) => dynamodb.Keys.pk?.S === name)
          .map(({ dynamodb }) => [
            Number(dynamodb.OldImage?.amount?.N ?? 0),
            Number(dynamodb.NewImage?.amount?.N),
          ]);
        expect(amounts).toEqual(Array.from({ length: 40 }, (_, index) => [index, index + 1]));
      }
    });
  });

  test('has inserts, changes and removals of every kind of write, and no others', async () => {
    await withTable(async (client, feed) => {
      const Item = { pk: 'a', sk: 'row', list: [1, 'é', null] };
      await client.send(new PutCommand({ TableName, Item }));
      await client.send(new PutCommand({ TableName, Item }));
      await client.send(add('a', 7));
      const refused = new DeleteCommand({
        ...{ TableName, Key: { pk: 'a', sk: 'row' } },
        ConditionExpression: 'amount = :none',
        ExpressionAttributeValues: { ':none': 0 },
      });
      await expect(client.send(refused)).rejects.toThrow('conditional');
      const batch = [{ DeleteRequest: { Key: { pk: 'a', sk: 'row' } } }];
      await client.send(new BatchWriteCommand({ RequestItems: { [TableName]: batch } }));
      await client.send(new DeleteCommand({ TableName, Key: { pk: 'a', sk: 'row' } }));
      const records = await recordsOf(feed);
      expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
      const list = { L: [{ N: '1' }, { S: 'é' }, { NULL: true }] };
      const keys = { pk: { S: 'a' }, sk: { S: 'row' } };
      expect(records[2]?.dynamodb).toMatchObject({
        Keys: keys,
        OldImage: { ...keys, list, amount: { N: '7' } },
      });
      expect(records[2]?.dynamodb.NewImage).toBeUndefined();
    });
  });

  test('is refused for a table that does not exist', async () => {
    await using local = await startLocalTable();
    await expect(local.changes('nowhere')).rejects.toThrow("no table 'nowhere'");
  });
});
