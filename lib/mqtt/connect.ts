import type { MqttClient } from 'mqtt';
import type { Clock } from '../core/clock.ts';
import { HoldfastError } from '../errors.ts';

/** How long a connection may take, broker's greeting included. */
const CONNECT_TIMEOUT_MS = 10_000;
/** The shortest that AWS IoT Core accepts. */
const KEEPALIVE_SECONDS = 30;
/** What AWS IoT Core takes in one request. */
const TOPICS_MAX = 8;
/** In place of a quality of service: the broker has refused the topic. */
const REFUSED = 128;

/**
 * One connection, from address to the broker's greeting. A broker that refuses the WebSocket, as
 * for a wrong signature, ends it without an error: any end before the greeting is a failure.
 *
 * @throws HoldfastError `peer-missing` without the package `mqtt`, Error when there is no greeting
 */
export async function connect(
  address: string,
  clientId: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<MqttClient> {
  const { connect: open } = await loadMqtt();
  const client = open(address, {
    clientId,
    clean: true,
    protocolVersion: 4,
    keepalive: KEEPALIVE_SECONDS,
    // Reconnecting and subscribing again are ours to do.
    reconnectPeriod: 0,
    resubscribe: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      timer.cancel();
      signal.removeEventListener('abort', fail);
      client.removeListener('close', fail);
      act();
    };
    const fail = () =>
      settle(() => {
        client.end(true);
        reject(new Error('the broker has not greeted'));
      });
    const timer = clock.startTimer(CONNECT_TIMEOUT_MS, fail);
    client.on('error', () => {});
    client.once('close', fail);
    client.once('connect', () => settle(() => resolve(client)));
    signal.addEventListener('abort', fail, { once: true });
    if (signal.aborted) fail();
  });
}

/** Subscribes to these topics, and says which of them the broker has granted. */
export async function subscribeTo(
  client: MqttClient,
  topics: readonly string[],
): Promise<readonly string[]> {
  const granted: string[] = [];
  for (let from = 0; from < topics.length; from += TOPICS_MAX) {
    const some = topics.slice(from, from + TOPICS_MAX);
    const grants = await client.subscribeAsync([...some], { qos: 1 }).catch(() => []);
    granted.push(...grants.filter(({ qos }) => qos !== REFUSED).map(({ topic }) => topic));
  }
  return granted;
}

/** Stops listening to a topic, if there is a connection to say so on. */
export async function unsubscribeFrom(
  client: MqttClient | undefined,
  topic: string,
): Promise<void> {
  await client?.unsubscribeAsync(topic).catch(() => {});
}

async function loadMqtt(): Promise<typeof import('mqtt')> {
  try {
    const module = await import('mqtt');
    return module.default ?? module;
  } catch (cause) {
    const message = 'hints over MQTT need an optional peer: npm install mqtt@5';
    throw new HoldfastError('peer-missing', message, { cause });
  }
}
