import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import { createTable } from '../../lib/store/dynamo-table.ts';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import type { RequestObserver } from '../../lib/store/request-observer.ts';
import type { Store } from '../../lib/store/store.ts';
import { type ServerProcess, startServer } from './processes.ts';

export type EngineName = 'memory' | 'dynalite' | 'dynoxide' | 'DynamoDB Local';

/** Something that keeps tables: what the store under test talks to. */
export interface Engine {
  readonly name: EngineName;
  /** Why it can't run on this machine; undefined when it can. */
  readonly unavailable: string | undefined;
  readonly start: () => Promise<RunningEngine>;
}

export interface RunningEngine {
  /** Settings for the SDK's clients; undefined for the engine that has no wire. */
  readonly client: DynamoDBClientConfig | undefined;
  /** A store of its own connections on the engine's one table. Closed with the engine. */
  openStore(options?: { onRequest?: RequestObserver | undefined }): Store;
  stop(): Promise<void>;
}

export const TABLE = 'conformance';
const ROOT = join(import.meta.dirname, '../..');

const memory: Engine = {
  name: 'memory',
  unavailable: undefined,
  async start() {
    const observers = new Set<RequestObserver>();
    const onRequest: RequestObserver = (request) => {
      for (const observe of observers) observe(request);
    };
    const store = new MemoryStore({ table: TABLE, onRequest });
    return {
      client: undefined,
      openStore(options = {}) {
        if (options.onRequest !== undefined) observers.add(options.onRequest);
        return store;
      },
      stop: async () => {},
    };
  },
};

const require = createRequire(import.meta.url);

const dynalite: Engine = {
  name: 'dynalite',
  unavailable: undefined,
  async start() {
    const create = require('dynalite') as (options: { createTableMs: number }) => Server;
    const server = create({ createTableMs: 0 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return onWire(port, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
  },
};

const DYNOXIDE_PACKAGE = `@dynoxide/${process.platform}-${process.arch}`;
const DYNOXIDE = join(ROOT, 'node_modules', DYNOXIDE_PACKAGE, 'dynoxide');

const dynoxide: Engine = {
  name: 'dynoxide',
  unavailable: existsSync(DYNOXIDE) ? undefined : `${DYNOXIDE_PACKAGE} is not installed`,
  async start() {
    const server = await startServer(DYNOXIDE, (port) => ['--port', `${port}`]);
    return onWire(server.port, server.stop);
  },
};

const LOCAL = join(ROOT, '.build/dynamodb-local');

const dynamoDbLocal: Engine = {
  name: 'DynamoDB Local',
  unavailable: whyNoDynamoDbLocal(),
  async start() {
    localServer ??= startDynamoDbLocal();
    accounts += 1;
    return onWire((await localServer).port, async () => {}, `account${accounts}`);
  },
};

/**
 * One for all suites of a process, which ends with it: a machine of Java's takes seconds to warm
 * up. To each account it shows tables of its own.
 */
let localServer: Promise<ServerProcess> | undefined;
let accounts = 0;

function startDynamoDbLocal(): Promise<ServerProcess> {
  return startServer('java', (port) => [
    // One client's worth of a JVM: the tests share the machine.
    ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx512m'],
    `-Djava.library.path=${join(LOCAL, 'DynamoDBLocal_lib')}`,
    ...['-jar', join(LOCAL, 'DynamoDBLocal.jar')],
    ...['-inMemory', '-port', `${port}`],
  ]);
}

function whyNoDynamoDbLocal(): string | undefined {
  if (!existsSync(join(LOCAL, 'DynamoDBLocal.jar'))) return 'run .ci/fetch-dynamodb-local first';
  return spawnSync('java', ['-version']).status === 0 ? undefined : 'there is no Java';
}

export const ENGINES: readonly Engine[] = [memory, dynalite, dynoxide, dynamoDbLocal];

async function onWire(
  port: number,
  stopServer: () => Promise<void>,
  account = 'conformance',
): Promise<RunningEngine> {
  const client: DynamoDBClientConfig = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: account, secretAccessKey: 'conformance' },
  };
  const opened: DynamoStore[] = [];
  await createTable(client, TABLE);
  return {
    client,
    openStore({ onRequest } = {}) {
      const store = new DynamoStore({ table: TABLE, client, onRequest });
      opened.push(store);
      return store;
    },
    async stop() {
      for (const store of opened) store.close();
      await stopServer();
    },
  };
}

/** Runs `engine` for the tests of the enclosing suite. Does nothing when it is unavailable. */
export function useEngine(engine: Engine): () => RunningEngine {
  let running: RunningEngine | undefined;
  beforeAll(async () => {
    if (engine.unavailable === undefined) running = await engine.start();
    else console.warn(`Not run: ${engine.name}: ${engine.unavailable}`);
  });
  afterAll(async () => {
    await running?.stop();
  });
  return () => {
    if (running === undefined) throw new Error(`${engine.name} is not running`);
    return running;
  };
}

let rows = 0;

/** The key of a row that no other test uses. */
export function freshKey(): { readonly pk: string; readonly sk: string } {
  rows += 1;
  return { pk: `conformance#row#${process.pid}-${rows}`, sk: 'row' };
}
