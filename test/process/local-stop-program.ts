import { pathToFileURL } from 'node:url';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Library } from '../planted/load.ts';

/** Stops the local table while it is at work on requests of a client that is gone: `<library>`. */
const REQUESTS = 40;
const TABLE = 'coordination';
const [path = ''] = process.argv.slice(2);
const { Holdfast, startLocalTable }: Library = await import(pathToFileURL(path).href);
const { clientConfig, stop } = await startLocalTable();
await new Holdfast({ table: TABLE, clientConfig }).createTable();

const client = new DynamoDBClient({ ...clientConfig, maxAttempts: 1 });
const away = new AbortController();
const row = { pk: { S: 'row' }, sk: { S: 'row' } };
const command = new UpdateItemCommand({ TableName: TABLE, Key: row });
const requests = Array.from({ length: REQUESTS }, () =>
  client.send(command, { abortSignal: away.signal }).catch(() => undefined),
);
// They are about the same row, so that each waits for the one before.
await Promise.race(requests);
away.abort();
client.destroy();
await stop();
console.log('stopped');
