import { describe, expect, test } from 'vitest';
import { createTable } from '../../../lib/store/dynamo-table.ts';
import { serviceError, startWireServer, type WireAnswer } from './wire-server.ts';

// That the table comes out right is tested in test/conformance, on real engines.

const KEY_SCHEMA = [
  { AttributeName: 'pk', KeyType: 'HASH' },
  { AttributeName: 'sk', KeyType: 'RANGE' },
];
const TYPES = [
  { AttributeName: 'pk', AttributeType: 'S' },
  { AttributeName: 'sk', AttributeType: 'S' },
];
const TABLE = {
  KeySchema: KEY_SCHEMA,
  AttributeDefinitions: TYPES,
  TableStatus: 'ACTIVE',
  StreamSpecification: { StreamEnabled: true },
};

const ok = (body: object): WireAnswer => ({ status: 200, body });

/** Answers of a service with a good table, but for those given. */
async function serviceWith(answers: Readonly<Record<string, WireAnswer | WireAnswer[]>>) {
  const all: Record<string, WireAnswer | WireAnswer[]> = {
    CreateTable: ok({ TableDescription: TABLE }),
    DescribeTable: ok({ Table: TABLE }),
    UpdateTable: ok({ TableDescription: TABLE }),
    DescribeTimeToLive: ok({ TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } }),
    UpdateTimeToLive: ok({}),
    ...answers,
  };
  return startWireServer(({ operation }) => {
    const answer = all[operation];
    const next = Array.isArray(answer) ? (answer.length > 1 ? answer.shift() : answer[0]) : answer;
    return next ?? serviceError('UnknownOperationException');
  });
}

describe('creating the table', () => {
  test('makes it on demand, with keys, stream and time to live', async () => {
    const server = await serviceWith({});
    await createTable(server.client, 'locks');
    const bodies = new Map(
      server.requests.map(({ operation, body }) => [operation, JSON.parse(body)]),
    );
    expect(bodies.get('CreateTable')).toEqual({
      TableName: 'locks',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: KEY_SCHEMA,
      AttributeDefinitions: TYPES,
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    expect(bodies.get('UpdateTimeToLive')).toEqual({
      TableName: 'locks',
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' },
    });
    await server.close();
  });

  test('waits until it is active, and for a description that lags behind', async () => {
    const creating = ok({ Table: { ...TABLE, TableStatus: 'CREATING' } });
    const missing = serviceError('ResourceNotFoundException');
    const server = await serviceWith({
      DescribeTable: [missing, creating, creating, ok({ Table: TABLE })],
    });
    await createTable(server.client, 'locks');
    const operations = server.requests.map(({ operation }) => operation);
    expect(operations.slice(0, 5)).toEqual(['CreateTable', ...Array(4).fill('DescribeTable')]);
    await server.close();
  });

  test('gives up on a table that does not become active', async () => {
    const server = await serviceWith({
      DescribeTable: ok({ Table: { ...TABLE, TableStatus: 'CREATING' } }),
    });
    await expect(createTable(server.client, 'locks', { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/'locks' is CREATING and not active after 50 ms/),
    });
    await server.close();
  });

  const denials = [
    'CreateTable',
    'DescribeTable',
    'DescribeTimeToLive',
    'UpdateTimeToLive',
    'UpdateTable',
  ];
  for (const operation of denials) {
    test(`fails when ${operation} is not allowed`, async () => {
      const server = await serviceWith({
        DescribeTable: ok({ Table: { ...TABLE, StreamSpecification: undefined } }),
        [operation]: serviceError('AccessDeniedException', `may not ${operation}`),
      });
      await expect(createTable(server.client, 'locks')).rejects.toMatchObject({
        code: 'access-denied',
        message: expect.stringContaining(`may not ${operation}`),
      });
      await server.close();
    });
  }

  test('leaves a time to live that is being switched on alone', async () => {
    const server = await serviceWith({
      DescribeTimeToLive: ok({
        TimeToLiveDescription: { TimeToLiveStatus: 'ENABLING', AttributeName: 'ttl' },
      }),
    });
    await createTable(server.client, 'locks');
    expect(server.requests.map(({ operation }) => operation)).not.toContain('UpdateTimeToLive');
    await server.close();
  });

  test('does not go on with a time to live on another attribute', async () => {
    const server = await serviceWith({
      DescribeTimeToLive: ok({
        TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' },
      }),
    });
    await expect(createTable(server.client, 'locks')).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/on 'expires'; expected 'ttl'/),
    });
    await server.close();
  });
});
