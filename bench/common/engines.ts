import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { createTable } from '../../lib/store/dynamo-table.ts';
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
  await createTable(client, TABLE);
  return { port: server.port, client, stop: server.stop };
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
