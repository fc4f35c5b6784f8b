import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DetailByType, DetailType } from '../../functions/events.ts';
import { matchesRule } from './rule-matcher.ts';

/** An event as the bus took it. */
export type BusEvent = {
  readonly [Type in DetailType]: { readonly type: Type; readonly detail: DetailByType[Type] };
}[DetailType];

/** A server that speaks as much of EventBridge as the functions use. */
export interface EventBridgeStub extends AsyncDisposable {
  readonly endpoint: string;
  readonly events: BusEvent[];
  /** How many of the next entries to refuse, and how many requests to answer with an error. */
  refuseEntries: number;
  failRequests: number;
  readonly requests: number[];
  /** Hands the events that a pattern lets through to a function, as a rule does. */
  addRule(pattern: object, target: (event: EnvelopedEvent) => Promise<void>): void;
}

/** An event as a rule's target gets it, as far as it is used here. */
export interface EnvelopedEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: unknown;
}

interface Rule {
  readonly pattern: object;
  readonly target: (event: EnvelopedEvent) => Promise<void>;
}

interface Entry {
  readonly Source: string;
  readonly DetailType: DetailType;
  readonly Detail: string;
  readonly EventBusName: string;
}

/** Starts the stub. It takes events of this source for this bus only. */
export async function startEventBridge(busName: string): Promise<EventBridgeStub> {
  const rules: Rule[] = [];
  const server = createServer(async (request, response) => {
    const { Entries } = JSON.parse(await bodyOf(request)) as { Entries: readonly Entry[] };
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    };
    const target = request.headers['x-amz-target'];
    if (target !== 'AWSEvents.PutEvents' || Entries.length > 10) {
      return answer(400, { __type: 'ValidationException', message: `${target}` });
    }
    stub.requests.push(Entries.length);
    if (stub.failRequests > 0) {
      stub.failRequests -= 1;
      return answer(400, { __type: 'ResourceNotFoundException', message: 'no such bus' });
    }
    const results = await Promise.all(Entries.map((entry) => take(entry)));
    const FailedEntryCount = results.filter((result) => 'ErrorCode' in result).length;
    answer(200, { FailedEntryCount, Entries: results });
  });

  async function take({ Source, DetailType, Detail, EventBusName }: Entry) {
    const isRefused = stub.refuseEntries > 0;
    if (isRefused) stub.refuseEntries -= 1;
    if (isRefused || Source !== 'holdfast' || EventBusName !== busName) {
      return { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' };
    }
    const detail = JSON.parse(Detail);
    stub.events.push({ type: DetailType, detail } as BusEvent);
    const event = { source: Source, 'detail-type': DetailType, detail };
    const matching = rules.filter(({ pattern }) => matchesRule(pattern, event));
    await Promise.all(matching.map(({ target }) => target(event)));
    return { EventId: `event-${stub.events.length}` };
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stub: EventBridgeStub = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ events: [], requests: [], refuseEntries: 0, failRequests: 0 },
    addRule: (pattern, target) => void rules.push({ pattern, target }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return stub;
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
