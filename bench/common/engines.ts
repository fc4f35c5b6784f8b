import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
import { PARTITION_KEY, SORT_KEY } from '../../lib/store/schema.ts';
import { startServer } from '../../test/conformance/processes.ts';

export const TABLE = 'bench';

export interface WireEngine {
  readonly name: 'dynoxide' | 'dynalite';
  readonly start: () => Promise<RunningWireEngine>;
}

/** An engine in a process of its own, as a server in the network would be. */
export interface RunningWireEngine {
  readonly port: number;
  readonly client: DynamoDBClientConfig & { readonly credentials: Credentials };
  stop(): Promise<void>;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The bundle runs below `.build/bench`, so the repository is where npm was started. */
const MODULES = join(process.cwd(), 'node_modules');
const DYNOXIDE = join(MODULES, `@dynoxide/${process.platform}-${process.arch}/dynoxide`);
const DYNALITE = join(MODULES, 'dynalite/cli.js');

const dynoxide: WireEngine = {
  name: 'dynoxide',
  start: () => started(DYNOXIDE, []),
};

const dynalite: WireEngine = {
  name: 'dynalite',
  start: () => started(process.execPath, [DYNALITE, '--createTableMs', '0']),
};

/** The engines that this machine can run. */
export const WIRE_ENGINES: readonly WireEngine[] = existsSync(DYNOXIDE)
  ? [dynoxide, dynalite]
  : [dynalite];

async function started(command: string, options: readonly string[]): Promise<RunningWireEngine> {
  const server = await startServer(command, (port) => [...options, '--port', `${port}`]);
  const client = {
    endpoint: `http://127.0.0.1:${server.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  };
  await createPlainTable(client);
  return { port: server.port, client, stop: server.stop };
}

/**
 * Without a stream: with one, dynoxide takes longer for each write than for the one before, three
 * times as long after ten thousand, and its time would drown the library's.
 */
async function createPlainTable(config: DynamoDBClientConfig): Promise<void> {
  const client = new DynamoDBClient(config);
  const create = new CreateTableCommand({
    TableName: TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
      { AttributeName: SORT_KEY, KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [PARTITION_KEY, SORT_KEY].map((name) => {
      return { AttributeName: name, AttributeType: 'S' };
    }),
  });
  await client.send(create);
  client.destroy();
}

/** Runs `work` with an engine that is stopped afterwards, whatever happens. */
export async function withEngine<Result>(
  engine: WireEngine,
  work: (running: RunningWireEngine) => Promise<Result>,
): Promise<Result> {
  const running = await engine.start();
  try {
    return await work(running);
  } finally {
    await running.stop();
  }
}
