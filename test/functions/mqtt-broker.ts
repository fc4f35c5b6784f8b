import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Aedes, type Client } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { signedAddress } from '../../lib/mqtt/signed-address.ts';

/** The only credentials that the broker knows. */
export const CREDENTIALS = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 't/+' };
export const REGION = 'eu-west-1';

/**
 * As much of AWS IoT Core as is used here, on an independent broker: MQTT over WebSockets whose
 * address is signed, and messages posted over HTTP.
 */
export class IotStub {
  readonly clientIds: string[] = [];
  readonly broker: Aedes;
  readonly #clients = new Set<Client>();
  #server: Server | undefined;
  port = 0;
  /** How many connections were turned away for their signature. */
  refused = 0;

  private constructor(broker: Aedes) {
    this.broker = broker;
    broker.on('client', (client) => {
      this.clientIds.push(client.id);
      this.#clients.add(client);
    });
    broker.on('clientDisconnect', (client) => this.#clients.delete(client));
  }

  static async start(): Promise<IotStub> {
    const stub = new IotStub(await Aedes.createBroker());
    await stub.listen();
    return stub;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Comes up, on the same port as before. */
  async listen(): Promise<void> {
    const sockets = new WebSocketServer({ noServer: true });
    const server = createServer((request, response) => {
      void this.#post(request).then(() => response.writeHead(200).end('{"message":"OK"}'));
    });
    server.on('upgrade', (request, socket, head) => {
      if (!this.#isSigned(request)) {
        this.refused += 1;
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.broker.handle(createWebSocketStream(webSocket), request);
      });
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Ends every connection and takes no more. */
  async drop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    for (const client of this.#clients) client.close();
    server.closeAllConnections();
    await closed;
  }

  async stop(): Promise<void> {
    await this.drop();
    await new Promise<void>((resolve) => this.broker.close(() => resolve()));
  }

  /** Signs what it was asked for anew, and compares. */
  #isSigned({ url = '', headers: { host = '' } }: IncomingMessage): boolean {
    const date = new URL(url, 'ws://host').searchParams.get('X-Amz-Date') ?? '';
    const [, year, month, day, hour, minute, second] =
      /^(....)(..)(..)T(..)(..)(..)Z$/.exec(date) ?? [];
    const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    if (!(Math.abs(Date.now() - time) < 300_000)) return false;
    const expected = signedAddress({ host, region: REGION, credentials: CREDENTIALS }, time);
    return expected === `wss://${host}${url}`;
  }

  async #post(request: IncomingMessage): Promise<void> {
    const topic = decodeURIComponent((request.url ?? '').replace(/^\/topics\/|\?.*$/g, ''));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const payload = Buffer.concat(chunks);
    await new Promise<void>((resolve) => {
      const packet = { cmd: 'publish', qos: 1, retain: false, dup: false } as const;
      this.broker.publish({ ...packet, topic, payload }, () => resolve());
    });
  }
}
