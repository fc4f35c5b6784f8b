import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HoldfastError, InvalidArgumentError } from '../errors.ts';
import { RequestGate } from './request-gate.ts';
import { DynaliteFeeds, type DynaliteStore } from './stream-bridge/dynalite-feed.ts';
import type { StreamSource } from './stream-bridge/stream-source.ts';

/** How the local engine is started. */
export interface LocalTableOptions {
  /**
   * The port on 127.0.0.1 to listen on.
   * @default 0: any free one
   */
  readonly port?: number | undefined;
}

/** A running local engine. The process stays up until it is stopped or disposed of. */
export interface LocalTable extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  /** For `HoldfastOptions.clientConfig`, and for every other client of the AWS SDK. */
  readonly clientConfig: LocalClientConfig;
  /**
   * The changes of a table from the first call on, for a {@link StreamBridge}: each write of each
   * item, with its exact images before and after, in place of the stream that dynalite lacks.
   *
   * @throws Error when there is no such table
   */
  changes(tableName: string): Promise<StreamSource>;
  /**
   * Answers the requests that it is at work on, then drops the connections and all data. Calling it
   * again does nothing more.
   */
  stop(): Promise<void>;
}

/** What a client needs to talk to the local engine. The credentials are dummies. */
export interface LocalClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const HOST = '127.0.0.1';
const PORT_MAX = 65_535;

/**
 * Starts dynalite, an implementation of DynamoDB's API, in this process, behind a port that other
 * processes of this machine can reach too. It keeps everything in memory and begins empty: create
 * the tables with `holdfast.createTable()`.
 *
 * For development and tests only. It is no DynamoDB: it has no transactions, no time to live and
 * no streams but {@link LocalTable.changes}; it ignores credentials, throttles nothing, and forgets
 * everything when it stops.
 *
 * ```ts
 * await using local = await startLocalTable();
 * const holdfast = new Holdfast({ table: 'coordination', clientConfig: local.clientConfig });
 * await holdfast.createTable();
 * ```
 *
 * @throws HoldfastError `peer-missing` when dynalite is not installed, InvalidArgumentError for a
 *   port that is out of range, taken or not permitted
 */
export async function startLocalTable(options: LocalTableOptions = {}): Promise<LocalTable> {
  const port = checkOptions(options);
  const create = await loadDynalite();
  // By default a new table takes half a second to become active, as if it were far away.
  const { server, store } = create({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const feeds = new DynaliteFeeds(store);
  const gate = new RequestGate(server);
  await listen(server, port);
  const endpoint = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= gate.close().then(() => close(server));
    return stopped;
  };
  return {
    endpoint,
    clientConfig: {
      endpoint,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
    changes: (tableName) => feeds.feedOf(tableName),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function checkOptions(options: LocalTableOptions): number {
  const unknown = Object.keys(options).find((name) => name !== 'port');
  if (unknown !== undefined) throw new InvalidArgumentError('options', 'only port', unknown);
  const { port = 0 } = options;
  if (Number.isInteger(port) && port >= 0 && port <= PORT_MAX) return port;
  throw new InvalidArgumentError('port', `an integer from 0 to ${PORT_MAX}`, port);
}

type DynaliteOptions = Readonly<Record<string, number>>;

interface Dynalite {
  readonly server: Server;
  readonly store: DynaliteStore;
}

interface DynaliteDatabases {
  create: (options: DynaliteOptions) => DynaliteStore;
}

/** On demand, because dynalite is an optional peer: programs on a real table have none. */
async function loadDynalite(): Promise<(options: DynaliteOptions) => Dynalite> {
  try {
    // @ts-expect-error: dynalite has no types.
    const { default: create } = await import('dynalite');
    // @ts-expect-error: dynalite has no types.
    const { default: databases } = await import('dynalite/db/index.js');
    return (options) => createKeepingStore(create, databases, options);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new HoldfastError(
      'peer-missing',
      'the local table runs on dynalite, an optional peer: npm install --save-dev dynalite@4',
      { cause },
    );
  }
}

/** dynalite shows its server and hides its store, which the change feed needs. */
function createKeepingStore(
  create: (options: DynaliteOptions) => Server,
  databases: DynaliteDatabases,
  options: DynaliteOptions,
): Dynalite {
  const original = databases.create;
  let store: DynaliteStore | undefined;
  databases.create = (given) => {
    store = original(given);
    return store;
  };
  try {
    const server = create(options);
    if (store === undefined) throw new Error('this version of dynalite keeps its store elsewhere');
    return { server, store };
  } finally {
    databases.create = original;
  }
}

/** Whether dynalite itself is absent, and not something within a broken installation of it. */
function isMissing(error: unknown): boolean {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return code === 'ERR_MODULE_NOT_FOUND' && `${message}`.includes("'dynalite'");
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as { readonly code?: string };
    throw new InvalidArgumentError('port', `a port that can be listened on (${code})`, port);
  }
}

async function close(server: Server): Promise<void> {
  // Clients keep connections open for reuse, and the server would wait for them for half a minute.
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}
