import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { absent } from '../../../lib/store/condition.ts';
import { DynamoStore } from '../../../lib/store/dynamo-store.ts';
import { createTable } from '../../../lib/store/dynamo-table.ts';
import type { WriteRequest } from '../../../lib/store/store.ts';
import { increment, set } from '../../../lib/store/update.ts';
import type { Key } from '../../../lib/store/value.ts';
import {
  clientFor,
  passOn,
  serviceError,
  startWireServer,
  type WireAnswer,
  type WireRequest,
} from './wire-server.ts';

const table = 'locks';
let rows = 0;
let key: Key;

beforeEach(() => {
  rows += 1;
  key = { pk: `row-${rows}`, sk: 'row' };
});

const take = (owner: string): WriteRequest => ({
  kind: 'update',
  key,
  actions: [set('owner', owner)],
  condition: absent('owner'),
});

describe('an answer that is lost after the write was applied', () => {
  const engine = dynaliteEngine();

  /** Passes everything on, and cuts the connection instead of the first answer. */
  const losingFirstAnswer = () =>
    startWireServer(async (request) => {
      const answer = await passOn(engine, request);
      return request.number === 0 ? 'cut' : answer;
    });

  test('is unknown, and sent once', async () => {
    const server = await losingFirstAnswer();
    const store = new DynamoStore({ table, client: server.client });
    expect(await store.write(take('me'))).toMatchObject({ kind: 'unknown' });
    expect(server.requests).toHaveLength(1);
    const read = await store.get({ key, consistent: true });
    expect(read).toMatchObject({ kind: 'found', item: { owner: 'me' } });
    store.close();
    await server.close();
  });

  test('is repeated by no setting of the caller', async () => {
    const server = await losingFirstAnswer();
    const other = new DynamoDBClient({ maxAttempts: 4 });
    const retryStrategy = await other.config.retryStrategy();
    const client = { ...server.client, maxAttempts: 4, retryMode: 'adaptive', retryStrategy };
    const store = new DynamoStore({ table, client });
    const step = { kind: 'update', key, actions: [increment('n', 1)] } as const;
    expect(await store.write(step)).toMatchObject({ kind: 'unknown' });
    expect(server.requests).toHaveLength(1);
    store.close();
    await server.close();
  });

  test('would be a refusal by our own row with the retry of the SDK', async () => {
    const server = await losingFirstAnswer();
    const sdk = new DynamoDBClient(server.client);
    const put = new PutItemCommand({
      TableName: table,
      Item: { pk: { S: key.pk }, sk: { S: key.sk }, owner: { S: 'me' } },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    await expect(sdk.send(put)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    const store = new DynamoStore({ table, client: server.client });
    const read = await store.get({ key, consistent: true });
    expect(read).toMatchObject({ kind: 'found', item: { owner: 'me' } });
    store.close();
    await server.close();
  });

  test('would count twice with the retry of the SDK', async () => {
    const server = await losingFirstAnswer();
    const sdk = new DynamoDBClient(server.client);
    const step = new UpdateItemCommand({
      TableName: table,
      Key: { pk: { S: key.pk }, sk: { S: key.sk } },
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
      ReturnValues: 'ALL_NEW',
    });
    expect((await sdk.send(step)).Attributes?.n).toEqual({ N: '2' });
    sdk.destroy();
    await server.close();
  });
});

describe('a refusal', () => {
  const row = { pk: { S: 'a' }, sk: { S: 'b' }, owner: { S: 'other' } };
  const refusal = (Item?: object): WireAnswer => ({
    status: 400,
    body: { __type: 'x#ConditionalCheckFailedException', message: 'refused', Item },
  });
  const isRead = ({ operation }: WireRequest) => operation === 'GetItem';

  test('that shows the row takes one request', async () => {
    const server = await startWireServer(() => refusal(row));
    const store = new DynamoStore({ table, client: server.client });
    const item = { pk: 'a', sk: 'b', owner: 'other' };
    expect(await store.write(take('me'))).toMatchObject({ kind: 'refused', item });
    expect(server.requests).toHaveLength(1);
    store.close();
    await server.close();
  });

  test('without a row is looked into until the engine has once shown a row', async () => {
    let shown = false;
    const server = await startWireServer((request) => {
      if (isRead(request)) return { status: 200, body: {} };
      return refusal(shown ? row : undefined);
    });
    const store = new DynamoStore({ table, client: server.client });
    const requestsOfWrite = async () => {
      const before = server.requests.length;
      await store.write(take('me'));
      return server.requests.slice(before).map(({ operation }) => operation);
    };
    expect(await requestsOfWrite()).toEqual(['UpdateItem', 'GetItem']);
    shown = true;
    expect(await requestsOfWrite()).toEqual(['UpdateItem']);
    shown = false;
    expect(await requestsOfWrite()).toEqual(['UpdateItem']);
    expect(await store.write(take('me'))).toMatchObject({ kind: 'refused', item: undefined });
    expect(JSON.parse(server.requests[1]?.body ?? '')).toMatchObject({ ConsistentRead: true });
    store.close();
    await server.close();
  });

  test('that can not be looked into has failed, and may be tried again', async () => {
    const throttled = serviceError('ThrottlingException');
    const server = await startWireServer((request) => (isRead(request) ? throttled : refusal()));
    const store = new DynamoStore({ table, client: server.client });
    expect(await store.write(take('me'))).toMatchObject({
      kind: 'failed',
      failure: { reason: 'throttled', retryable: true },
    });
    store.close();
    await server.close();
  });
});

describe('the date of an answer', () => {
  test('belongs to its own request, whatever the order of the answers', async () => {
    const second = (n: number) => Date.UTC(2026, 10, 22, 20, 0, n);
    const server = await startWireServer(async ({ body }) => {
      const n = Number(JSON.parse(body).Key.sk.S);
      await delay((59 - n) % 7);
      const date = new Date(second(n)).toUTCString();
      const headers = { date };
      if (n % 2 === 0) return { status: 200, body: {}, headers };
      return { status: 400, body: { __type: 'x#ValidationException' }, headers };
    });
    const store = new DynamoStore({ table, client: server.client });
    const numbers = Array.from({ length: 59 }, (_, n) => n);
    const answers = await Promise.all(
      numbers.map((n) => store.write({ kind: 'delete', key: { pk: 'a', sk: `${n}` } })),
    );
    expect(answers.map(({ dateMs }) => dateMs)).toEqual(numbers.map(second));
    store.close();
    await server.close();
  });

  test('that can not be read is none', async () => {
    const server = await startWireServer(() => ({
      status: 200,
      body: {},
      headers: { date: 'yesterday' },
    }));
    const store = new DynamoStore({ table, client: server.client });
    expect((await store.get({ key, consistent: true })).dateMs).toBeUndefined();
    store.close();
    await server.close();
  });
});

describe('a row of strange types', () => {
  test('is readable: numbers are rounded, sets and bytes pass', async () => {
    const server = await startWireServer(() => ({
      status: 200,
      body: {
        Item: {
          large: { N: '9007199254740993' },
          precise: { N: '0.12345678901234567890123456789' },
          labels: { SS: ['a', 'b'] },
          bytes: { B: 'AQI=' },
        },
      },
    }));
    const store = new DynamoStore({ table, client: server.client });
    expect(await store.get({ key, consistent: true })).toMatchObject({
      kind: 'found',
      item: {
        large: 9_007_199_254_740_992,
        precise: 0.12345678901234568,
        labels: new Set(['a', 'b']),
        bytes: new Uint8Array([1, 2]),
      },
    });
    store.close();
    await server.close();
  });
});

/** dynalite, with the table, for the tests of the enclosing suite. */
function dynaliteEngine() {
  let server: Server;
  const engine = { client: clientFor(0) };
  beforeAll(async () => {
    const create = createRequire(import.meta.url)('dynalite') as (options: object) => Server;
    server = create({ createTableMs: 0 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    engine.client = clientFor((server.address() as AddressInfo).port);
    await createTable(engine.client, table);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return engine;
}
