import { once } from 'node:events';
import {
  createServer,
  request as forward,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** One request as it came in over the wire. */
export interface WireRequest {
  /** Counted from 0. */
  readonly number: number;
  /** For example `UpdateItem`. */
  readonly operation: string;
  readonly body: string;
}

export type WireAnswer =
  | {
      readonly status: number;
      readonly body: string | object;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Closes the connection without an answer. */
  | 'cut'
  /** Never answers. */
  | 'silence';

export interface WireServer {
  readonly client: DynamoDBClientConfig;
  readonly requests: readonly WireRequest[];
  close(): Promise<void>;
}

/** A server that speaks DynamoDB's protocol just far enough to misbehave in a chosen way. */
export async function startWireServer(
  answer: (request: WireRequest) => WireAnswer | Promise<WireAnswer>,
): Promise<WireServer> {
  const requests: WireRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const request = await received(incoming, requests.length);
    requests.push(request);
    const chosen = await answer(request);
    if (chosen === 'cut') incoming.socket.destroy();
    else if (chosen !== 'silence') send(response, chosen);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    client: clientFor((server.address() as AddressInfo).port),
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function clientFor(port: number): DynamoDBClientConfig {
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'unit', secretAccessKey: 'unit' },
  };
}

/** An answer with one of the service's errors, as it looks on the wire. */
export function serviceError(name: string, message = 'in words', status = 400): WireAnswer {
  const __type = `com.amazonaws.dynamodb.v20120810#${name}`;
  return { status, body: { __type, message } };
}

/** Passes a request on to a real engine, and its answer back. */
export async function passOn(
  { client }: { readonly client: DynamoDBClientConfig },
  { operation, body }: WireRequest,
): Promise<WireAnswer> {
  const outgoing = forward(String(client.endpoint), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=unit/20260101/us-east-1/dynamodb/aws4_request, ' +
        'SignedHeaders=host, Signature=0',
    },
  });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: incoming.statusCode ?? 0, body: await textOf(incoming) };
}

async function received(incoming: IncomingMessage, number: number): Promise<WireRequest> {
  const target = String(incoming.headers['x-amz-target']);
  return { number, operation: target.split('.')[1] ?? '', body: await textOf(incoming) };
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, answer: Extract<WireAnswer, object>): void {
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    'content-type': 'application/x-amz-json-1.0',
    ...answer.headers,
  });
  response.end(body);
}
