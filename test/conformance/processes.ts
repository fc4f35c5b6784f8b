import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that runs as a child of the tests. */
export interface ServerProcess {
  readonly port: number;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 30_000;
const POLL_MS = 25;
/**
 * Runs a command until it ends, or until nobody holds the other end of the standard input: however
 * the tests end, killed among others, no server may be left behind.
 */
const GUARD =
  'exec 3<&0; "$@" 3<&- & server=$!; { read -r _ <&3; kill -9 $server; } & wait $server';

/** Starts a server, by default on a free port, and waits until it accepts connections. */
export async function startServer(
  command: string,
  argumentsFor: (port: number) => readonly string[],
  wantedPort?: number,
): Promise<ServerProcess> {
  const port = wantedPort ?? (await freePort());
  const guarded = ['-c', GUARD, 'sh', command, ...argumentsFor(port)];
  const child = spawn('sh', guarded, { stdio: ['pipe', 'ignore', 'pipe'] });
  const stop = async () => {
    if (child.exitCode !== null) return;
    child.stdin.end();
    await once(child, 'exit');
  };
  try {
    await untilListening(child, port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk}`.slice(-2_000);
  });
  let spawnError: Error | undefined;
  child.once('error', (error) => {
    spawnError = error;
  });
  const deadline = performance.now() + START_LIMIT_MS;
  while (!(await accepts(port))) {
    if (spawnError !== undefined) throw spawnError;
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${complaint}`);
    if (performance.now() > deadline) throw new Error(`not up in ${START_LIMIT_MS} ms`);
    await delay(POLL_MS);
  }
}

/** A port that was free a moment ago. Servers that can't pick one themselves need it. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
