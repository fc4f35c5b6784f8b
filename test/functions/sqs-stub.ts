import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../lib/core/clock.ts';
import { bodyOf } from './event-bridge-stub.ts';
import { LocalQueue, type LocalQueueOptions } from './local-queue.ts';

export interface SqsStub extends AsyncDisposable {
  readonly queueUrl: string;
  readonly queue: LocalQueue;
}

interface SendMessage {
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
}

/**
 * A server that speaks as much of SQS as the functions use, over a queue in this process whose
 * messages it hands to `consume`, as Lambda does.
 *
 * @param secondMs For how long a second of delay is waited.
 */
export async function startSqs(
  options: Omit<LocalQueueOptions, 'clock'>,
  secondMs: number,
): Promise<SqsStub> {
  const queue = new LocalQueue({ clock: systemClock, ...options });
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(body));
    };
    if (request.headers['x-amz-target'] !== 'AmazonSQS.SendMessage') {
      return answer(400, { __type: 'InvalidAction' });
    }
    const { MessageBody, DelaySeconds = 0 } = JSON.parse(await bodyOf(request)) as SendMessage;
    queue.send(MessageBody, DelaySeconds * secondMs);
    const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
    answer(200, { MessageId: `message-${queue.sent}`, MD5OfMessageBody });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    queueUrl: `http://127.0.0.1:${port}/000000000000/sentinel`,
    queue,
    async [Symbol.asyncDispose]() {
      queue.stop();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
