/** An event bus on this machine: as much of EventBridge as the function sends to. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BusEvent } from 'holdfast/functions';

export interface LocalBus extends AsyncDisposable {
  readonly endpoint: string;
}

interface Entry {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

/** Starts a bus that hands each event to `consumer`, as a rule does to its target. */
export async function startBus(consumer: (event: BusEvent) => Promise<void>): Promise<LocalBus> {
  const server = createServer(async (request, response) => {
    const { Entries } = JSON.parse(await bodyOf(request)) as { readonly Entries: Entry[] };
    for (const { Source: source, DetailType, Detail } of Entries) {
      await consumer({ source, 'detail-type': DetailType, detail: JSON.parse(Detail) });
    }
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    const taken = Entries.map((_, index) => ({ EventId: `${index}` }));
    response.end(JSON.stringify({ FailedEntryCount: 0, Entries: taken }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
