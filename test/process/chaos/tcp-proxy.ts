import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';

export type Direction = 'to-table' | 'from-table';

/**
 * A TCP proxy that does to connections what networks do: lets one direction stand still while the
 * other works, cuts, delays, and accepts connections behind which nobody answers.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #sockets = new Set<Socket>();
  readonly #paused = new Set<Direction>();
  #delayMs = 0;

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
    server.on('connection', (client) => this.#connect(client));
  }

  static async start(targetEndpoint: string): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, Number(new URL(targetEndpoint).port));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What goes that way from now on waits until {@link resume}; connections stay open. */
  pause(...directions: readonly Direction[]): void {
    for (const direction of directions) this.#paused.add(direction);
  }

  resume(): void {
    this.#paused.clear();
    for (const socket of this.#sockets) socket.emit('proxy-resume');
  }

  /** Breaks every connection. New ones are welcome. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Lets everything take this much longer, each way. */
  delay(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connect(client: Socket): void {
    const table = new Socket().connect(this.#targetPort, '127.0.0.1');
    for (const socket of [client, table]) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
    }
    client.on('close', () => table.destroy());
    table.on('close', () => client.destroy());
    this.#carry(client, table, 'to-table');
    this.#carry(table, client, 'from-table');
  }

  #carry(from: Socket, to: Socket, direction: Direction): void {
    // One promise after another keeps the bytes in order, whatever each had to wait for.
    let last = Promise.resolve();
    from.on('data', (chunk) => {
      last = last.then(async () => {
        if (this.#delayMs > 0) await new Promise((done) => setTimeout(done, this.#delayMs));
        while (this.#paused.has(direction) && !from.destroyed) await once(from, 'proxy-resume');
        if (!to.destroyed) to.write(chunk);
      });
    });
  }
}
