import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { STREAM_FILTERS } from '../../functions/fanout/filters.ts';
import type { handler as fanOutHandler } from '../../functions/fanout/handler.ts';
import type { StreamEvent } from '../../functions/fanout/stream-record.ts';
import { config } from '../../lib/config/index.ts';
import { type Clock, systemClock } from '../../lib/core/clock.ts';
import { Holdfast } from '../../lib/index.ts';
import { type EventPattern, StreamBridge, startLocalTable } from '../../lib/local/index.ts';
import { MqttHints, type MqttHintsOptions } from '../../lib/mqtt/index.ts';
import { messageOf } from '../../lib/mqtt/message.ts';
import { topicOf } from '../../lib/mqtt/topic.ts';
import type { Hint } from '../../lib/watch/hints.ts';
import { startEventBridge } from './event-bridge-stub.ts';
import { loadHandler } from './load-handler.ts';
import { CREDENTIALS, IotStub, REGION } from './mqtt-broker.ts';

let iot: IotStub;
beforeEach(async () => {
  iot = await IotStub.start();
});
afterEach(() => iot.stop());

function hintsOf(options: Partial<MqttHintsOptions> = {}, credentials = CREDENTIALS): MqttHints {
  const endpoint = `ws://${iot.host}`;
  const awsIot = { endpoint, region: REGION, credentials: async () => credentials };
  return new MqttHints({ awsIot, ...options });
}

const THING = { namespace: 'photos', kind: 'config', name: 'limits' };

/** A subscriber that notes what it is told. */
function listener() {
  const told: (string | number)[] = [];
  let isConnected = false;
  return {
    told,
    /** Every time that it was asked to look. */
    looks: 0,
    onConnected() {
      this.looks += 1;
      if (!isConnected) told.push('connected');
      isConnected = true;
    },
    onDisconnected() {
      isConnected = false;
      told.push('disconnected');
    },
    onHint: ({ revision }: Hint) => void told.push(revision),
  };
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error('it has not come to that');
    await delay(5);
  }
}

describe('hints over MQTT', () => {
  test('reach who subscribed to their thing, and nobody else', async () => {
    await using hints = hintsOf({ publishes: true });
    await using others = hintsOf();
    const [ours, theirs] = [listener(), listener()];
    hints.subscribe(THING, ours);
    others.subscribe({ ...THING, namespace: 'music' }, theirs);
    await until(() => ours.told.length + theirs.told.length === 2);
    hints.publish?.({ ...THING, revision: 7 });
    await until(() => ours.told.length === 2);
    expect(ours.told).toEqual(['connected', 7]);
    expect(theirs.told).toEqual(['connected']);
    expect(iot.clientIds.every((id) => id.startsWith('holdfast-'))).toBe(true);
    expect(new Set(iot.clientIds).size).toBe(2);
  });

  test('come again after the broker was away, and the subscriber is told both', async () => {
    await using hints = hintsOf({ publishes: true });
    const [first, late] = [listener(), listener()];
    const stop = hints.subscribe(THING, first);
    await until(() => first.told.length === 1);
    await iot.drop();
    await until(() => first.told.includes('disconnected'));
    hints.subscribe({ ...THING, name: 'late' }, late);
    await iot.listen();
    await until(() => late.told.length === 1 && first.told.at(-1) === 'connected');
    hints.publish?.({ ...THING, revision: 8 });
    await until(() => first.told.at(-1) === 8);
    stop();
    hints.publish?.({ ...THING, revision: 9 });
    hints.publish?.({ ...THING, name: 'late', revision: 1 });
    await until(() => late.told.at(-1) === 1);
    expect(first.told).toEqual(['connected', 'disconnected', 'connected', 8]);
  });

  test('are made up for by a second look soon after the first', async () => {
    const clock: Clock = {
      ...systemClock,
      startTimer: (ms, act) => systemClock.startTimer(ms === 3_000 ? 1 : ms, act),
    };
    await using hints = hintsOf({ clock });
    const subscriber = listener();
    hints.subscribe(THING, subscriber);
    await until(() => subscriber.looks === 2);
    expect(subscriber.told).toEqual(['connected']);
  });

  test('never come for a wrong signature, and the library lives without', async () => {
    await using hints = hintsOf({}, { ...CREDENTIALS, secretAccessKey: 'wrong' });
    const subscriber = listener();
    hints.subscribe(THING, subscriber);
    await until(() => iot.refused > 0 && hints.lastError !== undefined);
    expect(hints.connected).toBe(false);
    expect(subscriber.told).toEqual([]);
  });

  test('of strangers on the topic are nobody’s', async () => {
    await using hints = hintsOf({ publishes: true });
    const subscriber = listener();
    hints.subscribe(THING, subscriber);
    await until(() => subscriber.told.length === 1);
    const topic = topicOf('holdfast', THING);
    const stranger = JSON.stringify(messageOf({ ...THING, name: 'another', revision: 3 }));
    for (const payload of ['', 'hello', stranger]) {
      const packet = { cmd: 'publish', qos: 0, retain: false, dup: false } as const;
      await new Promise<void>((resolve) => {
        iot.broker.publish({ ...packet, topic, payload }, () => resolve());
      });
    }
    hints.publish?.({ ...THING, revision: 4 });
    await until(() => subscriber.told.at(-1) === 4);
    expect(subscriber.told).toEqual(['connected', 4]);
  });
});

describe('a watcher that hardly ever polls', () => {
  const HOUR_MS = 3_600_000;

  test('sees what is published through stream, function and broker', async () => {
    await using local = await startLocalTable();
    await using bus = await startEventBridge('bus');
    const table = 'push';
    const { clientConfig } = local;
    await using writer = new Holdfast({ table, clientConfig, namespace: 'photos' });
    await writer.createTable();
    const fanOut = await loadHandler<typeof fanOutHandler>('fanout', {
      AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint,
      HOLDFAST_EVENT_BUS_NAME: 'bus',
      HOLDFAST_PUSH_ENDPOINT: `http://${iot.host}`,
    });
    await using bridge = new StreamBridge({
      source: await local.changes(table),
      invoke: (event) => fanOut(event as unknown as StreamEvent),
      mapping: {
        filters: Object.values(STREAM_FILTERS) as unknown as EventPattern[],
        reportsItemFailures: true,
      },
      pollMs: 5,
    });
    const written = config<{ readonly n: number }>(writer, 'limits');
    await written.publish({ n: 0 });
    await using hints = hintsOf();
    await using reader = new Holdfast({ table, clientConfig, namespace: 'photos', hints });
    const watching = new AbortController();
    const seen: number[] = [];
    const watched = config<{ readonly n: number }>(reader, 'limits', { pollMs: HOUR_MS });
    const watch = (async () => {
      for await (const event of watched.watch({ signal: watching.signal })) {
        if ('value' in event && event.value !== undefined) seen.push(event.value.n);
      }
    })();
    await until(() => seen.at(-1) === 0 && hints.connected);
    for (const n of [1, 2, 3]) {
      await written.publish({ n });
      await until(() => seen.at(-1) === n);
    }
    // What is published while the broker is away is seen as soon as it is back.
    await iot.drop();
    await written.publish({ n: 4 });
    await iot.listen();
    await until(() => seen.at(-1) === 4);
    watching.abort();
    await watch;
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    expect(bridge.counts.discarded).toBe(0);
  });
});
