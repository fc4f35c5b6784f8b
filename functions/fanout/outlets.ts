import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { HintMessage } from '../../lib/mqtt/message.ts';
import { topicOf } from '../../lib/mqtt/topic.ts';
import type { WatchedGroup } from '../sentinel/message.ts';
import { openQueue } from '../sentinel/queue.ts';
import { type EventEntry, errorsOfEntries } from './entries.ts';
import type { Outlets } from './fan-out.ts';
import type { FanOutSettings, PushSettings } from './settings.ts';

/** A repeated event is harmless, so here the SDK's own retries are welcome. */
const CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 },
};

/** The bus and the broker of the account that the function runs in. */
export async function openOutlets({ push, sentinelQueueUrl }: FanOutSettings): Promise<Outlets> {
  const client = new EventBridgeClient(CLIENT);
  return {
    putEvents: (entries) => putEvents(client, entries),
    sendHint: push && (await openBroker(push)),
    sendStart: sentinelQueueUrl === undefined ? undefined : await openStarts(sentinelQueueUrl),
  };
}

async function putEvents(
  client: EventBridgeClient,
  entries: readonly EventEntry[],
): Promise<readonly (string | undefined)[]> {
  const response = await client.send(new PutEventsCommand({ Entries: [...entries] }));
  return errorsOfEntries(entries.length, response.Entries ?? []);
}

async function openStarts(queueUrl: string): Promise<(group: WatchedGroup) => Promise<void>> {
  const send = await openQueue(queueUrl);
  return (group) => send({ kind: 'start', ...group }, 0);
}

async function openBroker(push: PushSettings): Promise<(hint: HintMessage) => Promise<void>> {
  // On demand: most stacks have no push, and a cold start would load the client for nothing.
  const { IoTDataPlaneClient, PublishCommand } = await import('@aws-sdk/client-iot-data-plane');
  const { endpoint, topicRoot } = push;
  const address = endpoint.includes('://') ? endpoint : `https://${endpoint}`;
  const client = new IoTDataPlaneClient({ ...CLIENT, endpoint: address });
  return async (hint) => {
    const topic = topicOf(topicRoot, hint);
    const payload = new TextEncoder().encode(JSON.stringify(hint));
    await client.send(new PublishCommand({ topic, payload, qos: 1 }));
  };
}
