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

/** Starts a server, by default on a free port, and waits until it accepts connections. */
export async function startServer(
  command: string,
  argumentsFor: (port: number) => readonly string[],
  wantedPort?: number,
): Promise<ServerProcess> {
  const port = wantedPort ?? (await freePort());
  const child = spawn(command, argumentsFor(port), { stdio: ['ignore', 'ignore', 'pipe'] });
  // However the tests end, no server may be left behind.
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const stop = async () => {
    process.removeListener('exit', killOnExit);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
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
