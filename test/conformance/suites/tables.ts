import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { DynamoStore } from '../../../lib/store/dynamo-store.ts';
import { createTable } from '../../../lib/store/dynamo-table.ts';
import { outcomeOf, type StoreFixture, type StoreTest } from './harness.ts';

/** Making the table, and what a table that is missing or not ours does. */
export function tableSuite(testOn: StoreTest): void {
  creationTests(testOn);
  mistakeTests(testOn);
}

function creationTests(testOn: StoreTest): void {
  testOn(
    'table: creating it twice, and twice at once, is safe',
    async (fixture) => {
      const { client, table } = wireOf(fixture);
      await Promise.all([createTable(client, table), createTable(client, table)]);
      await createTable(client, table);
      const store = new DynamoStore({ table, client });
      const item = { pk: 'a', sk: 'b' };
      expect(await outcomeOf(store, { kind: 'put', item })).toMatchObject({ kind: 'applied' });
      await createTable(client, table);
      expect(await store.get({ key: item, consistent: true })).toMatchObject({ kind: 'found' });
      store.close();
    },
    'a wire',
  );

  testOn(
    'table: has a stream of new and old images',
    async (fixture) => {
      const { client, table } = wireOf(fixture);
      await createTable(client, table);
      const sdk = new DynamoDBClient(client);
      const { Table: found } = await sdk.send(new DescribeTableCommand({ TableName: table }));
      sdk.destroy();
      expect(found?.StreamSpecification).toEqual({
        StreamEnabled: true,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      });
    },
    'a wire',
    'streams',
  );

  testOn(
    'table: has its time to live on `ttl`',
    async (fixture) => {
      const { client, table } = wireOf(fixture);
      await createTable(client, table);
      const sdk = new DynamoDBClient(client);
      const found = await sdk.send(new DescribeTimeToLiveCommand({ TableName: table }));
      sdk.destroy();
      expect(found.TimeToLiveDescription).toMatchObject({ AttributeName: 'ttl' });
    },
    'a wire',
    'time to live',
  );

  testOn(
    'table: a stream is switched on where there was none',
    async (fixture) => {
      const { client, table } = wireOf(fixture);
      await createForeignTable(fixture, table, ['pk', 'sk']);
      await createTable(client, table);
      const sdk = new DynamoDBClient(client);
      const { Table: found } = await sdk.send(new DescribeTableCommand({ TableName: table }));
      sdk.destroy();
      expect(found?.StreamSpecification).toMatchObject({ StreamEnabled: true });
    },
    'a wire',
    'streams',
  );
}

function mistakeTests(testOn: StoreTest): void {
  testOn(
    'table: a name that DynamoDB does not accept is a wrong argument',
    async (fixture) => {
      await expect(createTable(wireOf(fixture).client, 't')).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringContaining("'t' is no name for a table"),
      });
    },
    'a wire',
  );

  testOn(
    'table: another key is an error that names both',
    async (fixture) => {
      const { client, table } = wireOf(fixture);
      await createForeignTable(fixture, table, ['id']);
      await expect(createTable(client, table)).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringMatching(/id \(S, HASH\); expected pk \(S, HASH\), sk \(S, RANGE\)/),
      });
      const store = new DynamoStore({ table, client });
      expect(await outcomeOf(store, { kind: 'put', item: { pk: 'a', sk: 'b' } })).toEqual({
        kind: 'failed',
        reason: 'invalid-request',
      });
      store.close();
    },
    'a wire',
  );

  testOn(
    'table: a missing one fails every call, and the message says what to do',
    async (fixture) => {
      const { client, table } = wireOf(fixture);
      const store = new DynamoStore({ table, client });
      const key = { pk: 'a', sk: 'b' };
      const results = [
        await store.get({ key, consistent: true }),
        await store.write({ kind: 'put', item: key }),
        await store.write({ kind: 'update', key, actions: [] }),
        await store.write({ kind: 'delete', key }),
      ];
      for (const result of results) {
        expect(result).toMatchObject({
          kind: 'failed',
          failure: {
            reason: 'table-missing',
            retryable: false,
            message: expect.stringMatching(/createTable\(\).*cdk deploy/),
          },
        });
      }
      store.close();
    },
    'a wire',
  );
}

let tables = 0;

function wireOf({ running }: StoreFixture) {
  if (running.client === undefined) throw new Error('the engine has no wire');
  tables += 1;
  return { client: running.client, table: `holdfast-${process.pid}-${tables}` };
}

async function createForeignTable(
  { running }: StoreFixture,
  table: string,
  names: readonly [string, ...string[]],
): Promise<void> {
  const sdk = new DynamoDBClient(running.client ?? {});
  const types = ['HASH', 'RANGE'] as const;
  await sdk.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: names.map((name, n) => ({ AttributeName: name, KeyType: types[n] })),
      AttributeDefinitions: names.map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    }),
  );
  sdk.destroy();
}
